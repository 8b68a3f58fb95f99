/**
 * What an engine of its own process is told, frame by frame, and what it answers.
 *
 * A frame on standard input is what to do (a byte), the instance (four bytes) and a length (four bytes, little-endian like all), then
 * so many bytes. Every frame has one answer on standard output, in the order of the frames: 0 and the result, or 1 and what went wrong;
 * a length stands between. The end of the input is the sign to end. Nothing here knows what the bytes mean.
 */
const HEAD_BYTES = 9;
const ACTIONS = ["start", "call", "end"];

/** Feeds the frames to `engine`: `start(instance, path)`, `call(instance, request)` and `end(instance)`. */
export async function serve(engine) {
  let held = Buffer.alloc(0);
  for await (const chunk of process.stdin) {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    while (held.length >= HEAD_BYTES) {
      const end = HEAD_BYTES + held.readUInt32LE(5);
      if (held.length < end) break;
      await answer(engine, ACTIONS[held[0]], held.readUInt32LE(1), held.subarray(HEAD_BYTES, end));
      held = held.subarray(end);
    }
  }
}

async function answer(engine, action, instance, bytes) {
  let [failed, result] = [0, new Uint8Array()];
  try {
    result = (await engine[action](instance, action === "start" ? bytes.toString() : bytes)) ?? result;
  } catch (error) {
    [failed, result] = [1, Buffer.from(String(error?.stack ?? error))];
  }
  const head = Buffer.alloc(5);
  head[0] = failed;
  head.writeUInt32LE(result.length, 1);
  process.stdout.write(Buffer.concat([head, result]));
}
