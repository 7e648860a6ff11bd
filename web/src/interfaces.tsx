import type { Interfaces, Status, Unlisted } from "./api";
import { Code, Moment, Panel } from "./parts/small";
import { ErrorBox } from "./parts/states";
import { type Column, Table } from "./parts/table";
import { useResource } from "./resource";
import { bits, bps, counted, number, percent } from "./text";

// UnlistedPanel lists interfaces that flows cross and no configured link lists, by volume, with the
// lines that would.
export function UnlistedPanel({ s }: { s: Status }) {
  const { data, error } = useResource<Interfaces>("/api/v1/interfaces?n=200", 15);
  if (error && !data) return <Panel title="Interfaces without a link"><ErrorBox what="The interfaces are missing." why={error} /></Panel>;
  if (!data) return null;
  if (data.total === 0) return s.simulated ? null : (
    <Panel title="Interfaces without a link">
      <p class="lead">None: every flow that counts crosses an interface that <code>links:</code> lists.</p>
    </Panel>
  );
  return (
    <Panel title="Interfaces without a link" class="flush unlisted" aside={counted(data.total, "interface")}>
      <p class="lead">
        Flows cross them and no entry of <code>links:</code> matches, so their link is of kind unknown
        {data.counted > 0 && <>: {percent(Math.min(1, data.octets / data.counted))} of the traffic counted since the start</>}. Unfold one for the lines that give it a
        link: say its kind and provider, and restart.
      </p>
      <UnlistedTable of={data} exporter now={s.now} />
      <details class="numbers inset">
        <summary>The lines for {data.total > data.interfaces.length ? `the busiest ${data.interfaces.length}` : "all of them"}</summary>
        <Code text={data.yaml} label="lines of links: for all of these interfaces" />
      </details>
    </Panel>
  );
}

const rate = (octets: number, of: Interfaces): string => bps((8 * octets) / of.hour_seconds);

const title = (i: Unlisted): string => (i.rest ? "Further interfaces" : i.index === 0 ? "No interface named" : `Interface ${i.index}`);

// UnlistedTable is the table of them; with `exporter` it says whose they are.
export function UnlistedTable({ of, exporter, now }: { of: Interfaces; exporter?: boolean; now: string }) {
  const columns: Column<Unlisted>[] = [
    {
      name: "Interface", by: (i) => i.index, cell: (i) => (
        <>
          <b>{title(i)}</b>
          {exporter && <span class="quiet">{i.exporter ? <>{i.name || <span class="mono">{i.exporter}</span>}{i.region && ` · ${i.region}`}</> : "of several exporters"}</span>}
        </>
      ),
    },
    { name: "In", number: true, about: "bits per second over the last hour, × sampling rate", by: (i) => i.hour_in, cell: (i) => rate(i.hour_in, of) },
    { name: "Out", number: true, about: "bits per second over the last hour, × sampling rate", by: (i) => i.hour_out, cell: (i) => rate(i.hour_out, of) },
    { name: "Last hour", number: true, about: "bits of both directions at the IP layer, × sampling rate", by: (i) => i.hour_in + i.hour_out, cell: (i) => bits(8 * (i.hour_in + i.hour_out)) },
    { name: "Since the start", number: true, about: "bits of both directions at the IP layer, × sampling rate", by: (i) => i.octets_in + i.octets_out, cell: (i) => bits(8 * (i.octets_in + i.octets_out)) },
    { name: "Flows", number: true, by: (i) => i.flows, cell: (i) => number(i.flows) },
    { name: "Last seen", by: (i) => i.last_seen, cell: (i) => <Moment at={i.last_seen} now={now < i.last_seen ? i.last_seen : now} /> },
  ];
  return (
    <Table
      label={exporter ? "Interfaces without a link" : "Its interfaces without a link"} columns={columns} rows={of.interfaces} most={10}
      id={(i) => `${i.exporter}-${i.rest ? "rest" : i.index}`} sort={{ column: "Last hour", down: true }}
      {...(exporter ? { detail: (i: Unlisted) => <Lines i={i} /> } : {})}
    />
  );
}

function Lines({ i }: { i: Unlisted }) {
  if (i.rest) return <p class="quiet">These are more interfaces than are told apart: 4,096 of an exporter, 65,536 of a worker. An exporter with so many invents their numbers, or a link should name none.</p>;
  return (
    <>
      {i.index === 0 && <p class="quiet">Its flows name no interface. A link without <code>interfaces:</code> takes all of its exporter; it has to stand after its other links.</p>}
      <Code text={i.yaml} label={`lines that list ${title(i).toLowerCase()} of ${i.name || i.exporter}`} />
    </>
  );
}
