import { connect, InvalidStatus } from "clearsocket";

const url = `ws://127.0.0.1:${process.env.PORT ?? 8765}`;

for (const headers of [
  { Authorization: "Bearer t0ken-of-ann" },
  { Cookie: "session=t0ken-of-ann" },
  { Authorization: "Bearer guessed" },
]) {
  try {
    const connection = await connect(url, { headers });
    console.log(await connection.recv());
    await connection.close();
  } catch (error) {
    if (!(error instanceof InvalidStatus)) throw error;
    console.log(`refused: ${error.response.status}`);
  }
}
