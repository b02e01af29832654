// A broker in a Worker. Who creates the Worker talks to it; as a SharedWorker it serves every tab.
import { Broker } from "../js/index.js";

const broker = new Broker({ clientIdentifierPrefix: "worker-" });
broker.accept(self);
