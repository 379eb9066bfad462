import { type MessagePort, workerData } from "node:worker_threads";
import { serve } from "./serve.ts";

// What `startThreads` starts.
serve((workerData as { readonly port: MessagePort }).port);
