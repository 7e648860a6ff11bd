// The countries' shapes: Natural Earth at 1:110 million, named by ISO 3166-1 alpha-2. Loaded with the
// first map.
import { MapChart } from "echarts/charts";
import { GeoComponent } from "echarts/components";
import * as echarts from "echarts/core";
import codes from "i18n-iso-countries/codes.json";
import { feature } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import atlas from "world-atlas/countries-110m.json";
import { mapName } from "./map";

echarts.use([MapChart, GeoComponent]);

const alpha2 = new Map((codes as string[][]).map((c) => [c[2]!, c[0]!]));
const unnumbered: Record<string, string> = { Kosovo: "XK" }; // Natural Earth gives it no number

const topology = atlas as unknown as Topology<{ countries: GeometryCollection<{ name: string }> }>;
const world = feature(topology, topology.objects.countries);
for (const f of world.features) {
  const properties = f.properties as { name: string; code?: string };
  properties.code = alpha2.get(String(f.id).padStart(3, "0")) ?? unnumbered[properties.name] ?? properties.name;
}
// Russia and Fiji reach across the antimeridian: drawn as it is, a line would go around the world.
type Ring = [number, number][];
function joined(ring: Ring): Ring {
  const crosses = ring.some(([x], i) => i > 0 && Math.abs(x - ring[i - 1]![0]) > 180);
  return crosses ? ring.map(([x, y]) => [x < 0 ? x + 360 : x, y]) : ring;
}
for (const { geometry: g } of world.features) {
  if (g.type === "Polygon") g.coordinates = (g.coordinates as Ring[]).map(joined);
  if (g.type === "MultiPolygon") g.coordinates = (g.coordinates as Ring[][]).map((p) => p.map(joined));
}

// Antarctica sends no traffic and takes a fifth of the height.
world.features = world.features.filter((f) => (f.properties as { code?: string }).code !== "AQ");

echarts.registerMap(mapName, world as never);
