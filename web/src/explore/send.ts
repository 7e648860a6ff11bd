// write changes something by the API. It returns a sentence where that failed, else nothing.
export async function write(method: "PUT" | "POST" | "DELETE", path: string, body?: unknown): Promise<string> {
  let response: Response;
  try {
    response = await fetch(path, { method, ...(body === undefined ? {} : { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }) });
  } catch {
    return "The process does not answer. It may have ended, or this machine has lost the way to it.";
  }
  if (response.ok) return "";
  const problem = (await response.json().catch(() => null)) as { detail?: string } | null;
  return problem?.detail ?? `The process answered with status ${response.status}.`;
}
