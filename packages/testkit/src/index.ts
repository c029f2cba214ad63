export { Broker, type BrokerOptions } from "./log-store/broker.js";
export { LogTicketStore, type LogTicketStoreOptions } from "./log-store/log-ticket-store.js";
