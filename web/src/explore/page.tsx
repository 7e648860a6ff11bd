// ExplorePage is made in its own module, loaded when it is first shown.
export function ExplorePage() {
  return <h1>Explore</h1>;
}
