import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { Code, Trouble, Wait } from "../parts/small";
import type { PageProps } from "../main";
import { useResource } from "../resource";
import "./api.css";

// The description of the HTTP API, as the process serves it (OpenAPI 3.1), as far as it is shown here.

interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  description?: string;
  enum?: unknown[];
  default?: unknown;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  required?: string[];
}

interface Parameter {
  name: string;
  in: "query" | "path" | "header";
  description?: string;
  required?: boolean;
  schema: Schema;
}

interface Body {
  description?: string;
  content?: Record<string, { schema?: Schema }>;
}

interface Operation {
  operationId: string;
  summary: string;
  description: string;
  tags: string[];
  parameters?: Parameter[];
  requestBody?: Body;
  responses: Record<string, Body>;
  security?: unknown[];
}

interface Description {
  info: { description: string };
  tags?: { name: string; description: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

type Schemas = Record<string, Schema>;

interface Shown extends Operation {
  method: string;
  path: string;
}

// ApiPage lists the operations of the HTTP API by chapter.
export function ApiPage({ address }: PageProps) {
  const { data, error } = useResource<Description>("/api/v1/openapi.json");
  useEffect(() => {
    if (!data || !location.hash) return;
    const at = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (at instanceof HTMLDetailsElement) at.open = true;
    at?.scrollIntoView();
  }, [data, address]);
  if (error && !data) return <Trouble what="The description of the API cannot be shown." why={error} />;
  if (!data) return <Wait what="the description of the API" rows={5} />;
  const all: Shown[] = Object.entries(data.paths).flatMap(([path, item]) => Object.entries(item).map(([method, o]) => ({ ...o, path, method: method.toUpperCase() })));
  const chapters = data.tags ?? [...new Set(all.flatMap((o) => o.tags))].map((name) => ({ name, description: "" }));
  return (
    <div class="api">
      <h1>Every operation of the API</h1>
      <p class="lead">{data.info.description} The same for programs: <a href="/api/v1/openapi.json">openapi.json</a>, <a href="/api/v1/openapi.yaml">openapi.yaml</a>.</p>
      {chapters.map((c) => (
        <section key={c.name} aria-labelledby={idOf(c.name)}>
          <h2 id={idOf(c.name)}>{c.name}</h2>
          {c.description && <p class="quiet">{c.description}</p>}
          {all.filter((o) => o.tags.includes(c.name)).sort((a, b) => a.path.localeCompare(b.path) || a.method.localeCompare(b.method))
            .map((o) => <Entry key={o.operationId} o={o} schemas={data.components.schemas} />)}
        </section>
      ))}
    </div>
  );
}

const idOf = (name: string): string => "chapter-" + name.toLowerCase().replace(/[^a-z]+/g, "-");

function Entry({ o, schemas }: { o: Shown; schemas: Schemas }) {
  const good = Object.entries(o.responses).filter(([status]) => /^2/.test(status));
  const bad = Object.entries(o.responses).filter(([status]) => !/^2/.test(status));
  const body = contentOf(o.requestBody);
  return (
    <details class="operation" id={o.operationId}>
      <summary><span class={`method ${o.method.toLowerCase()}`}>{o.method}</span> <code>{pieces(o.path)}</code> <span class="summary">{o.summary}</span></summary>
      <p>{o.description}</p>
      {!!o.parameters?.length && <>
        <h3>Parameters</h3>
        <dl class="fields">{o.parameters.map((p) => <Field key={p.in + p.name} name={p.name} schema={p.schema} about={p.description} must={!!p.required} where={p.in} schemas={schemas} depth={0} />)}</dl>
      </>}
      {body && <><h3>What is sent</h3><Fields schema={body.schema} schemas={schemas} depth={0} /></>}
      {good.map(([status, r]) => {
        const c = contentOf(r);
        return <div key={status}><h3>Answer {status}{c && c.type !== "application/json" && `, ${c.type}`}</h3>{c ? <Fields schema={c.schema} schemas={schemas} depth={0} /> : <p class="quiet">Nothing more than that it was done.</p>}</div>;
      })}
      <h3>Errors</h3>
      <dl class="fields">{bad.map(([status, r]) => <div key={status}><dt><code>{status === "default" ? "other" : status}</code></dt><dd>{r.description}</dd></div>)}</dl>
      <h3>Example</h3>
      <Code text={curlOf(o, schemas)} label={`curl for ${o.operationId}`} />
    </details>
  );
}

// pieces lets a path be broken after its slashes.
const pieces = (path: string): ComponentChildren => path.split(/(?<=\/)/).map((p, i) => <>{i > 0 && <wbr />}{p}</>);

function contentOf(b: Body | undefined): { type: string; schema: Schema } | undefined {
  const [type, content] = Object.entries(b?.content ?? {})[0] ?? [];
  return type && content?.schema ? { type, schema: content.schema } : undefined;
}

function resolved(schema: Schema, schemas: Schemas): Schema {
  const name = schema.$ref?.split("/").pop();
  return name ? (schemas[name] ?? {}) : schema;
}

// inner is the schema whose fields a value has: of a list, that of its elements.
function inner(schema: Schema, schemas: Schemas): Schema {
  const s = resolved(schema, schemas);
  if (s.items) return inner(s.items, schemas);
  if (typeof s.additionalProperties === "object") return inner(s.additionalProperties, schemas);
  return s;
}

function typeOf(schema: Schema, schemas: Schemas): string {
  const s = resolved(schema, schemas);
  const names: Record<string, string> = { integer: "whole number", string: "text", boolean: "true or false", object: "object", number: "number", null: "null" };
  const types = (Array.isArray(s.type) ? s.type : [s.type ?? "any"]).filter((t) => !(t === "null" && s.items));
  return types.map((t) => {
    if (t === "array") return `list of ${typeOf(s.items ?? {}, schemas)}`;
    if (t === "object" && typeof s.additionalProperties === "object") return `object: key to ${typeOf(s.additionalProperties, schemas)}`;
    if (t === "string" && s.format === "date-time") return "time";
    return names[t] ?? t;
  }).join(" or ");
}

function bounds(s: Schema): string {
  const out: string[] = [];
  if (s.enum?.length) out.push("one of " + s.enum.map((e) => (e === "" ? "empty" : String(e))).join(", "));
  if (s.minimum !== undefined || s.maximum !== undefined) out.push(`${s.minimum ?? ""} to ${s.maximum ?? ""}`);
  if (s.maxLength !== undefined) out.push(`at most ${s.maxLength} characters`);
  if (s.default !== undefined) out.push(`default ${JSON.stringify(s.default)}`);
  return out.join("; ");
}

function Fields({ schema, schemas, depth }: { schema: Schema; schemas: Schemas; depth: number }) {
  const s = inner(schema, schemas);
  const fields = Object.entries(s.properties ?? {});
  if (fields.length === 0) return <p class="quiet">{typeOf(schema, schemas)}</p>;
  return (
    <dl class="fields">
      {fields.map(([name, f]) => <Field key={name} name={name} schema={f} about={f.description ?? resolved(f, schemas).description} must={false} schemas={schemas} depth={depth} />)}
    </dl>
  );
}

interface FieldProps {
  name: string;
  schema: Schema;
  about: string | undefined;
  must: boolean;
  where?: string;
  schemas: Schemas;
  depth: number;
}

function Field({ name, schema, about, must, where, schemas, depth }: FieldProps) {
  const deeper = Object.keys(inner(schema, schemas).properties ?? {}).length > 0;
  const limits = bounds(resolved(schema, schemas));
  return (
    <div>
      <dt><code>{name}</code> <span class="quiet">{typeOf(schema, schemas)}{where && where !== "query" && `, in the ${where}`}{must && where !== "path" && ", required"}</span></dt>
      <dd>
        {about}{about && limits && " "}{limits && <span class="quiet">{limits[0]!.toUpperCase() + limits.slice(1)}.</span>}
        {deeper && depth < 6 && <details class="deeper"><summary>Its fields</summary><Fields schema={schema} schemas={schemas} depth={depth + 1} /></details>}
      </dd>
    </div>
  );
}

// example is a value that a field may have.
function example(schema: Schema, schemas: Schemas, depth = 0): unknown {
  const s = resolved(schema, schemas);
  if (s.default !== undefined) return s.default;
  if (s.enum?.length) return s.enum[0];
  const type = Array.isArray(s.type) ? s.type[0] : s.type;
  if (type === "object") return depth > 3 ? {} : Object.fromEntries(Object.entries(s.properties ?? {}).map(([k, f]) => [k, example(f, schemas, depth + 1)]));
  if (type === "array") return depth > 3 ? [] : [example(s.items ?? {}, schemas, depth + 1)];
  if (type === "integer" || type === "number") return s.minimum ?? 0;
  if (type === "boolean") return false;
  return "…";
}

// curlOf is the command that asks an operation, with its required parameters.
function curlOf(o: Shown, schemas: Schemas): string {
  const path = o.path.replace(/\{(\w+)(\.\.\.)?\}/g, (_, name: string) => name.toUpperCase());
  const query = (o.parameters ?? []).filter((p) => p.in === "query" && p.required).map((p) => `${p.name}=${encodeURIComponent(String(example(p.schema, schemas)))}`).join("&");
  const lines = [`curl ${o.method === "GET" ? "" : `-X ${o.method} `}'${location.origin}${path}${query && "?" + query}'`];
  if (o.security?.length) lines.push(`-H "Authorization: Bearer $TOKEN"`);
  const body = contentOf(o.requestBody);
  if (body) lines.push("-H 'Content-Type: application/json'", `-d '${JSON.stringify(example(body.schema, schemas)).replaceAll("'", "'\\''")}'`);
  return lines.join(" \\\n  ");
}
