// The filter language as far as the page must know it: to colour what is typed, and to add a condition
// to what is there. Whether a filter is right, the process says (internal/filter).

export type Kind = "space" | "field" | "operator" | "keyword" | "value" | "text" | "paren" | "broken";

export interface Token {
  kind: Kind;
  text: string;
  at: number; // in characters
}

const keywords = new Set(["and", "or", "not", "in"]);
const shape = /\s+|"(?:[^"\\]|\\.)*"|"(?:[^"\\]|\\.)*$|[()]|,|!=|[=<>~!]|[^\s"(),=<>!~]+/g;

// tokens splits a filter. Together they are the text, whatever is typed.
export function tokens(text: string): Token[] {
  const out: Token[] = [];
  let values = 0; // open lists of values: in ( … )
  let expect: "field" | "value" = "field";
  for (const match of text.matchAll(shape)) {
    const t = match[0];
    const kind = kindOf(t, expect, values);
    out.push({ kind, text: t, at: match.index });
    if (kind === "operator" || (kind === "keyword" && t.toLowerCase() === "in")) expect = "value";
    else if (t === "(" && expect === "value") values++;
    else if (t === ")" && values > 0) (values--, (expect = "field"));
    else if (kind === "value" || kind === "text") expect = values > 0 ? "value" : "field";
    else if (kind === "keyword" && t.toLowerCase() !== "not") expect = "field";
  }
  return out;
}

function kindOf(t: string, expect: "field" | "value", values: number): Kind {
  if (/^\s/.test(t)) return "space";
  if (t.startsWith('"')) return t.length > 1 && t.endsWith('"') ? "text" : "broken";
  if (t === "(" || t === ")" || t === ",") return "paren";
  if (/^[=<>!~]/.test(t)) return "operator";
  if (keywords.has(t.toLowerCase()) && !(values > 0)) return "keyword";
  return expect === "value" ? "value" : "field";
}

// literal writes a value so that the language reads it as one.
export function literal(value: string): string {
  if (/^"(?:[^"\\]|\\.)*"$/.test(value)) return value; // it is written already
  if (/^[A-Za-z0-9_.:/-]+$/.test(value) && !keywords.has(value.toLowerCase())) return value;
  return `"${value.replace(/[\\"]/g, "\\$&")}"`;
}

// tied reports whether an "or" stands outside all parentheses, so that "and" may not simply follow.
function tied(text: string): boolean {
  let depth = 0;
  for (const t of tokens(text)) {
    if (t.text === "(") depth++;
    else if (t.text === ")") depth--;
    else if (depth === 0 && t.kind === "keyword" && t.text.toLowerCase() === "or") return true;
  }
  return false;
}

export interface Condition {
  field: string;
  value: string;
}

// add narrows a filter by conditions, which must all hold, or, with `not`, not all hold.
export function add(where: string, conditions: Condition[], not = false): string {
  const terms = conditions.map((c) => `${c.field} = ${literal(c.value)}`);
  if (terms.length === 0) return where.trim();
  const term = not ? (terms.length > 1 ? `not (${terms.join(" and ")})` : `not ${terms[0]}`) : "";
  const old = where.trim();
  const base = old && tied(old) ? `(${old})` : old;
  const parts = base ? [base] : [];
  const has = conjuncts(old);
  for (const t of not ? [term] : terms) if (!has.includes(t)) parts.push(t);
  return parts.join(" and ");
}

// conjuncts are the terms that "and" joins outside all parentheses.
export function conjuncts(where: string): string[] {
  const out: string[] = [];
  let depth = 0, begin = 0;
  if (tied(where)) return [where.trim()];
  for (const t of tokens(where)) {
    if (t.text === "(") depth++;
    else if (t.text === ")") depth--;
    else if (depth === 0 && t.kind === "keyword" && t.text.toLowerCase() === "and") {
      out.push(where.slice(begin, t.at).trim());
      begin = t.at + t.text.length;
    }
  }
  out.push(where.slice(begin).trim());
  return out.filter(Boolean);
}

// The process counts octets, the page characters; they differ in quoted names.
const coder = new TextEncoder();

export const octets = (text: string, characters: number): number => coder.encode(text.slice(0, characters)).length;

export function characters(text: string, octetsBefore: number): number {
  let at = 0, count = 0;
  for (const c of text) {
    if (count >= octetsBefore) break;
    count += coder.encode(c).length;
    at += c.length;
  }
  return at;
}
