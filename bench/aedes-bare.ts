/** The baseline: aedes as it comes, in memory, acknowledging before it stores anything. Prints its port. */
import { Aedes } from 'aedes';
import { createServer, type AddressInfo } from 'node:net';

const broker = await Aedes.createBroker();
const server = createServer({ noDelay: true }, broker.handle);
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
