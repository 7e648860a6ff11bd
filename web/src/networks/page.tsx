// NetworksPage is made in its own module, loaded when it is first shown.
export function NetworksPage() {
  return <h1>Networks</h1>;
}
