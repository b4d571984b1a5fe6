// Makes one call with dockerode: nodeclient.js HOSTNAME PORT CA CERT KEY SOCKET, "-" for what is left out, CA "plain"
// for no TLS. It prints ok when an answer came.
const fs = require('fs');
const Docker = require('dockerode');

const [hostname, port, ca, cert, key, socket] = process.argv.slice(2);
const fail = (err) => {
  console.error(`Error code=${err.code}: ${err.message}`);
  process.exitCode = 1;
};
try {
  const options = socket !== '-' ? { socketPath: socket } : { protocol: ca === 'plain' ? 'http' : 'https', host: hostname, port };
  for (const [name, file] of Object.entries({ ca, cert, key })) {
    if (file !== '-' && file !== 'plain') options[name] = fs.readFileSync(file);
  }
  new Docker(options).version().then(() => console.log('ok')).catch(fail);
} catch (err) {
  fail(err);
}
