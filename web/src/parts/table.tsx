import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import "./parts.css";
import { Wide } from "./small";

// Column is one column of a Table.
export interface Column<T> {
  name: string; // its head; unique in the table
  about?: string; // a sentence, on hover
  cell: (row: T) => ComponentChildren;
  by?: (row: T) => number | string | null; // what it sorts by; without it the column does not sort. null stands last
  number?: boolean; // to the right, largest first
  wide?: boolean; // on a phone it takes a line of its own
}

// Sort is what a table is sorted by.
export interface Sort {
  column: string; // its name
  down: boolean; // largest first
}

interface TableProps<T> {
  label: string; // of the table, for a screen reader
  columns: Column<T>[]; // the first one names the row
  rows: T[];
  id: (row: T) => string; // unique and stable
  sort?: Sort; // at first; without it rows stand as they come
  onSort?: (s: Sort) => void; // given: the caller keeps the sort
  most?: number; // rows shown before "Show all", 100
  detail?: (row: T) => ComponentChildren; // what a row unfolds to
  opened?: string; // id of the one row that is unfolded; with onOpen the caller keeps it
  onOpen?: (id: string) => void; // "" when it is folded
  lead?: (row: T) => ComponentChildren; // beside the first cell, outside the button that unfolds
}

// Table is a table that sorts by its heads and whose rows may unfold. On a phone each row is a card.
export function Table<T>(p: TableProps<T>) {
  const [ownSort, setSort] = useState(p.sort);
  const [ownOpen, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [all, setAll] = useState(false);
  const sort = p.onSort ? p.sort : ownSort;
  const rows = sorted(p.rows, p.columns.find((c) => c.name === sort?.column), sort?.down ?? false);
  const most = p.most ?? 100;
  const shown = all ? rows : rows.slice(0, most);
  const choose = (c: Column<T>) => {
    const next = { column: c.name, down: sort?.column === c.name ? !sort.down : !!c.number };
    setSort(next);
    p.onSort?.(next);
  };
  const isOpen = (id: string) => (p.onOpen ? p.opened === id : ownOpen.has(id));
  const toggle = (id: string) => {
    if (p.onOpen) return p.onOpen(p.opened === id ? "" : id);
    setOpen((was) => {
      const next = new Set(was);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  };
  return (
    <>
      <Wide label={p.label}>
        <table class="table" aria-label={p.label}>
          <thead><tr>{p.columns.map((c) => <Head key={c.name} c={c} sort={sort} choose={() => choose(c)} />)}</tr></thead>
          {shown.map((row) => {
            const id = p.id(row);
            return <Row key={id} p={p} row={row} id={id} open={isOpen(id)} toggle={() => toggle(id)} />;
          })}
        </table>
      </Wide>
      {shown.length < rows.length && <button type="button" class="more inset" onClick={() => setAll(true)}>Show all {rows.length}</button>}
    </>
  );
}

function Head<T>({ c, sort, choose }: { c: Column<T>; sort: Sort | undefined; choose: () => void }) {
  const is = sort?.column === c.name;
  return (
    <th scope="col" class={c.number ? "n" : ""} title={c.about} aria-sort={is ? (sort!.down ? "descending" : "ascending") : undefined}>
      {c.by ? (
        <button type="button" class={`sort ${is ? (sort!.down ? "down" : "up") : ""}`} onClick={choose}>
          {c.name}<svg viewBox="0 0 8 10" aria-hidden="true"><path d="M4 1v8M1 6l3 3 3-3" /></svg>
        </button>
      ) : c.name}
    </th>
  );
}

function Row<T>({ p, row, id, open, toggle }: { p: TableProps<T>; row: T; id: string; open: boolean; toggle: () => void }) {
  const [first, ...rest] = p.columns;
  const detail = "row-" + id.replace(/[^0-9A-Za-z]/g, "-");
  return (
    <tbody class={open ? "open" : ""}>
      <tr>
        <th scope="row"><div class="lead-cell">
          {p.detail ? (
            <button type="button" class="unfold" aria-expanded={open} aria-controls={open ? detail : undefined} onClick={toggle}>
              <svg viewBox="0 0 10 10" aria-hidden="true"><path d="M3 1l4 4-4 4" /></svg>
              <span class="of">{first!.cell(row)}</span>
            </button>
          ) : <span class="of">{first!.cell(row)}</span>}
          {p.lead?.(row)}
        </div></th>
        {rest.map((c) => <td key={c.name} data-label={c.name} class={`${c.number ? "n" : ""} ${c.wide ? "own" : ""}`}>{c.cell(row)}</td>)}
      </tr>
      {open && p.detail && <tr class="detail"><td colSpan={p.columns.length} id={detail}>{p.detail(row)}</td></tr>}
    </tbody>
  );
}

// sorted is a copy of the rows in the order of a column; equal ones stay as they come.
function sorted<T>(rows: T[], c: Column<T> | undefined, down: boolean): T[] {
  if (!c?.by) return rows;
  const by = c.by;
  return [...rows].sort((a, b) => {
    const x = by(a), y = by(b);
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
    const order = typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y), "en", { numeric: true });
    return down ? -order : order;
  });
}
