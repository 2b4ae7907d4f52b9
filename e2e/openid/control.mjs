// The test's commands: POST /COMMAND with a JSON object, answered with JSON.

export function control(issuer, front) {
  const commands = {
    requests: () => front.counts,
    rotate: ({ keep }) => issuer.rotate(keep),
    outage: () => front.close(),
    back: () => front.open(),
    answer: ({ path, ...answer }) => { front.answers[path] = answer; },
    itself: ({ path }) => { delete front.answers[path]; },
  };
  return async (request, response) => {
    const name = request.url.slice(1);
    if (name === 'token') {
      // The provider's own token endpoint, whatever has become of its port.
      request.url = issuer.mount + issuer.tokenPath;
      return issuer.handle(request, response);
    }
    const chunks = await request.toArray();
    const said = await commands[name](JSON.parse(Buffer.concat(chunks)));
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(said ?? null));
  };
}
