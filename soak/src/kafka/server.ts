import { serve } from "../server/serve.js";
import { openPorts } from "./ports.js";

/** The program of a server process on Kafka. */
await serve(openPorts);
