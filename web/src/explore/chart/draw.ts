// What every form's builder is given and gives.
import type { Theme } from "../../theme";
import type { Asked } from "../question";
import type { Answer, Key } from "../wire";

export type Option = Record<string, unknown>;

export interface Drawn {
  answer: Answer;
  asked: Asked;
  theme: Theme;
  width: number;
  height: number;
  still?: boolean; // for a file: nothing moves, nothing is pointed at
}

// Target is what was clicked: keys of a row, and which of them, if not all.
export interface Target {
  keys: Key[];
  at?: number;
}

export interface Chart {
  option: Option;
  height: number; // pixels that it wants
  time: boolean; // it has a time axis that can be zoomed
  // hit says which row an event of ECharts is of, by its series and data.
  hit: (e: { seriesId: string; componentType?: string; dataIndex?: number; dataType?: string; data?: unknown; name?: string }) => Target | undefined;
}

// rowHit finds a row by the series' id "row-3".
export function rowHit(a: Answer): Chart["hit"] {
  return (e) => {
    const m = /^row-(\d+)$/.exec(e.seriesId);
    const keys = m ? a.rows?.[Number(m[1])]?.keys : undefined;
    return keys?.length ? { keys } : undefined;
  };
}
