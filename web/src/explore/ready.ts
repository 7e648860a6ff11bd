// Questions for a reader who has none yet.
import { type Asked, first } from "./question";

export interface Ready {
  name: string;
  about: string;
  asked: Asked;
}

// ready are questions over the newest month and the newest week.
export function ready(month: string | undefined): Ready[] {
  const whole = month ?? "30d";
  const q = (by: Partial<Asked>): Asked => ({ ...first, ...by });
  return [
    { name: "Top networks this month", about: "Who most of the traffic is exchanged with", asked: q({ measure: "volume", by: ["network"], range: whole, form: "bars", top: 20, previous: true }) },
    { name: "95th percentile by link", about: "What each link is billed by", asked: q({ measure: "p95", by: ["link"], range: whole, form: "bars", top: 20 }) },
    { name: "From types to regions", about: "Which kind of network reaches which region, and over what", asked: q({ measure: "volume", by: ["type", "region", "link.kind"], range: whole, form: "flow", top: 100 }) },
    { name: "Who comes back", about: "Share of addresses that were seen the day before too", asked: q({ measure: "persistence", by: ["type"], range: "30d", step: "1d", form: "lines" }) },
    { name: "How many parties", about: "Distinct addresses by type and day, with their bounds", asked: q({ measure: "uniqueness", by: ["type"], range: "30d", step: "1d", form: "lines", log: true }) },
    { name: "Type against region", about: "Magnitude: bits per address", asked: q({ measure: "magnitude", by: ["type", "region"], range: whole, form: "heatmap", top: 100, log: true }) },
    { name: "Where in the world", about: "Volume by country", asked: q({ measure: "volume", by: ["country"], range: whole, form: "map", log: true }) },
    { name: "Transit by network", about: "What could move to a private interconnection", asked: q({ measure: "p95", by: ["network"], where: "link.kind = transit", range: whole, form: "bars", top: 20 }) },
  ];
}
