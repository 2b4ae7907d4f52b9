// An OpenID provider for tests: node main.mjs SETTINGS.json
//
// The settings: {issuer, auth0, tls: {cert, key} | null, addresses: FILE}. It listens on two ports
// of 127.0.0.1 that the kernel chooses, the provider's and one for the test's commands
// (control.mjs), and writes both to FILE when it serves.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import http from 'node:http';

import { control } from './control.mjs';
import { Front } from './front.mjs';
import { Issuer } from './issuer.mjs';

const settings = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const issuer = new Issuer(settings);
const front = new Front(issuer, settings.tls);

const commands = http.createServer(control(issuer, front));
const listening = new Promise((resolve) => commands.listen(0, '127.0.0.1', resolve));
await Promise.all([front.open(), listening]);

const addresses = { provider: front.port, control: commands.address().port };
writeFileSync(`${settings.addresses}.new`, JSON.stringify(addresses));
renameSync(`${settings.addresses}.new`, settings.addresses);
