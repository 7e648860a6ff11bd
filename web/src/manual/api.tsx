// ApiPage lists the operations of the HTTP API, from the description that the process serves.
export function ApiPage() {
  return (
    <>
      <h1>API</h1>
      <p><a href="/api/v1/openapi.json">The description of every operation</a> (OpenAPI 3.1)</p>
    </>
  );
}
