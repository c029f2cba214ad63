import type { io as connect } from "socket.io-client";

declare global {
  // Socket.IO's own bundle, which index.html loads first.
  const io: typeof connect;
}
