import { connect } from "clearsocket";

const connection = await connect(`ws://127.0.0.1:${process.env.PORT ?? 8765}`);
await connection.send("hello");
console.log(await connection.recv());
await connection.close();
