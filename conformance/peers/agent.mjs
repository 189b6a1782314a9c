// How a client is driven through all cases: one after the other.

/** `open(url)` resolves with the texts that came, when the connection is closed; `echo` sends back what comes. */
export async function runAllCases(address, agent, open) {
  const [count] = await open(`${address}/getCaseCount`, { echo: false });
  for (let number = 1; number <= Number(count); number += 1) {
    await open(`${address}/runCase?case=${number}&agent=${agent}`, { echo: true });
  }
  await open(`${address}/updateReports?agent=${agent}`, { echo: false });
}
