// Times the check of a password alone.

import { verify } from "@node-rs/argon2";

export async function handler({ hash, password }) {
  const [started, before] = [performance.now(), process.cpuUsage()];
  await verify(hash, password);
  const { user, system } = process.cpuUsage(before);
  return { ms: performance.now() - started, cpu_ms: (user + system) / 1000 };
}
