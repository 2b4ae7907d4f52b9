// The provider's port: it counts what is asked, answers otherwise where it is told to, and can be
// closed and opened again.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';

export class Front {
  constructor(issuer, tls) {
    this.issuer = issuer;
    this.tls = tls;
    this.port = 0;
    this.counts = {};
    this.answers = {};
  }

  /** Listens, on the same port as before. */
  async open() {
    const handler = (request, response) => this.#handle(request, response);
    this.server = this.tls
      ? https.createServer(this.#identity(), handler)
      : http.createServer(handler);
    await new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(this.port, '127.0.0.1', resolve);
    });
    this.port = this.server.address().port;
  }

  /** Ends every connection and refuses new ones. */
  async close() {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  #identity() {
    return { cert: readFileSync(this.tls.cert), key: readFileSync(this.tls.key) };
  }

  #handle(request, response) {
    const [path] = request.url.split('?');
    this.counts[path] = (this.counts[path] ?? 0) + 1;
    const { delay = 0, ...answer } = this.answers[path] ?? {};
    setTimeout(() => this.#answer(request, response, answer), delay);
  }

  #answer(request, response, { status, headers = {}, body = '' }) {
    if (status) response.writeHead(status, headers).end(body);
    else this.issuer.handle(request, response);
  }
}
