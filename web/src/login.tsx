// LoginPage is made in its own module, loaded when it is first shown.
export function LoginPage() {
  return <h1>Log-in</h1>;
}
