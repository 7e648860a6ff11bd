// Files and commands made in the browser: the picture as SVG and PNG, the question as a command.
import { build } from "./chart/build";
import { colours, looks, nameOf } from "./chart/look";
import type { Asked } from "./question";
import type { Answer } from "./wire";

const size = { width: 1200, height: 620 };
const margin = 32;

export interface Words {
  title: string;
  caption: string;
  question: string;
}

const escape = (s: string): string => s.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

// svgOf draws the answer in light colours with its title, caption, question and source. It is a file of
// its own: nothing in it refers to anything.
export async function svgOf(answer: Answer, asked: Asked, words: Words): Promise<{ svg: string; width: number; height: number }> {
  const engine = await import("./chart/engine");
  if (asked.form === "map") await import("./chart/world");
  const shown = asked.form === "table" ? { ...asked, form: "bars" as const } : asked;
  const chart = build({ answer, asked: shown, theme: "light", width: size.width - 2 * margin, height: size.height - 190, still: true })!;
  const inner = engine.still(chart.option, size.width - 2 * margin, chart.height);
  const look = looks.light;
  const legend = legendOf(answer, shown.form);
  const top = 86 + legend.height;
  const height = top + chart.height + 58;
  const line = (y: number, text: string, style: string) => `<text x="${margin}" y="${y}" ${style}>${escape(text)}</text>`;
  const quiet = `font-size="13" fill="${look.muted}"`;
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${height}" viewBox="0 0 ${size.width} ${height}" font-family="Inter, 'Liberation Sans', Arial, sans-serif">`,
    `<title>${escape(words.title)}</title><desc>${escape(words.question)}</desc>`,
    `<rect width="100%" height="100%" fill="${look.paper}"/>`,
    line(42, words.title, `font-size="22" font-weight="650" fill="${look.ink}"`),
    line(66, words.caption, quiet),
    legend.svg,
    `<g transform="translate(${margin} ${top})">${inner}</g>`,
    line(height - 34, words.question, quiet),
    line(height - 14, `Source: ${location.host}, Tributary. Times are UTC.`, quiet),
    "</svg>",
  ].join("\n");
  return { svg, width: size.width, height };
}

// legendOf writes the rows' names beside their colours, in lines.
function legendOf(a: Answer, form: string): { svg: string; height: number } {
  if (form === "heatmap" || form === "flow" || form === "map" || (form === "bars" && a.times.length < 2)) return { svg: "", height: 0 };
  const colour = colourOf(a);
  let x = margin, y = 94;
  const parts: string[] = [];
  colour.forEach(([name, fill]) => {
    const width = 26 + name.length * 7.2;
    if (x + width > size.width - margin) (x = margin), (y += 22);
    parts.push(`<rect x="${x}" y="${y - 10}" width="11" height="11" rx="2" fill="${fill}"/><text x="${x + 17}" y="${y}" font-size="13" fill="${looks.light.ink}">${escape(name)}</text>`);
    x += width + 10;
  });
  return { svg: parts.join(""), height: y - 94 + 26 };
}

function colourOf(a: Answer): [string, string][] {
  const out = (a.rows ?? []).map((r, i): [string, string] => [nameOf(r), colours(a, "light")[i]!]);
  if (a.others) out.push([`${a.left} others`, looks.light.others]);
  return out;
}

// pngOf draws an SVG twice as large, for screens that have the dots.
export async function pngOf(picture: { svg: string; width: number; height: number }): Promise<Blob> {
  const image = new Image();
  image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(picture.svg);
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width: 2 * picture.width, height: 2 * picture.height });
  canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done, fail) => canvas.toBlob((b) => (b ? done(b) : fail(new Error("the browser made no picture"))), "image/png"));
}

// download hands a file to the reader.
export function download(content: Blob, name: string): void {
  const a = document.createElement("a");
  a.href = URL.createObjectURL(content);
  a.download = name;
  a.click();
  setTimeout(() => URL.revokeObjectURL(a.href), 10_000);
}

// curlOf is the command that asks the same. In single quotes nothing has a meaning for a shell.
export function curlOf(path: string, login: boolean): string {
  const quote = (s: string) => `'${s.replace(/'/g, `'\\''`)}'`;
  return `curl -sS ${login ? `-H ${quote("Authorization: Bearer TOKEN")} ` : ""}${quote(location.origin + path)}`;
}
