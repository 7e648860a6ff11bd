// The one place where a number on an axis becomes text. Options are made in Go (internal/figure) and
// travel as JSON, which holds no functions: a formatter is written there by its name ("@bits"), and
// revive puts the function in its place. The reports' figures and the console's charts both go
// through here; Unit.Tick in internal/figure/units.go is the same in Go, and a test compares.

const si = ["", "k", "M", "G", "T", "P", "E", "Z", "Y"];

// scaled writes v with at most digits significant figures and the SI prefix that leaves 1 to 999
// before it. Numbers below one are written without a prefix.
function scaled(v: number, digits: number, unit: string): string {
  if (v === 0) return unit === "" ? "0" : "0\u00a0" + unit;
  let step = 0;
  let x = Math.abs(v);
  while (step < si.length - 1 && Number(x.toPrecision(digits)) >= 1000) {
    x /= 1000;
    step++;
  }
  const text = trim(x.toPrecision(digits));
  const suffix = si[step]! + unit;
  return (v < 0 ? "\u2212" : "") + text + (suffix === "" ? "" : "\u00a0" + suffix);
}

// trim takes the zeros after the decimal point away, and an exponent with them.
function trim(s: string): string {
  if (s.includes("e")) return String(Number(s));
  return s.includes(".") ? s.replace(/\.?0+$/, "") : s;
}

// index has no prefixes, since an index is read against 100: far from it, it is 1.2×10⁻⁵.
function index(v: number): string {
  if (v === 0 || (Math.abs(v) < 1e6 && Math.abs(v) >= 1e-4)) return trim(v.toPrecision(3));
  const [mantissa, exponent] = v.toExponential(2).split("e") as [string, string];
  return trim(mantissa) + "×10" + exponent.replace("+", "").replace(/./g, (c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)]!);
}

const monthNames = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

// month labels "2025-05" on an axis that shows every step-th month: the first label, and the first
// of each year, name the year.
function month(step: number) {
  return (value: string, index?: number): string => {
    const n = Number(value.slice(5));
    const name = monthNames[n - 1] ?? value;
    return index === 0 || n <= step ? name + "\n" + value.slice(0, 4) : name;
  };
}

export const monthFormats: Record<string, (value: string, index?: number) => string> = {
  "@month1": month(1),
  "@month2": month(2),
  "@month3": month(3),
  "@month6": month(6),
  "@month12": month(12),
};

export const formats: Record<string, (v: number) => string> = {
  "@bits": (v) => scaled(v, 3, "b"),
  "@bps": (v) => scaled(v, 3, "b/s"),
  "@count": (v) => scaled(v, 3, ""),
  "@index": index,
  "@percent": (v) => trim((100 * v).toPrecision(3)) + "\u00a0%",
};

// revive replaces formatter names by functions, in place, and returns the option. Data has none: it is
// most of an option, and the names in it are not ours.
export function revive<T>(option: T): T {
  if (Array.isArray(option)) {
    for (const part of option) if (typeof part === "object") revive(part);
  } else if (option !== null && typeof option === "object") {
    const fields = option as Record<string, unknown>;
    for (const key in fields) {
      const value = fields[key];
      const format = typeof value === "string" ? (formats[value] ?? monthFormats[value]) : undefined;
      if (format) fields[key] = format;
      else if (key !== "data" && typeof value === "object") revive(value);
    }
  }
  return option;
}
