// NetworkPage is made in its own module, loaded when it is first shown.
export function NetworkPage() {
  return <h1>Network</h1>;
}
