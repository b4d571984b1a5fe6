// Dials as its arguments say, four for each connection: HOST:PORT CA CERT KEY, "-" for no certificate. It sends nothing and prints the error.
const fs = require('fs');
const tls = require('tls');

const dial = (address, ca, cert, key) => new Promise((done) => {
  const failed = (err) => { console.log(err.stack); done(); };
  try {
    const [host, port] = address.split(':');
    const options = { host, port, ca: fs.readFileSync(ca) };
    if (!/^[0-9.]+$/.test(host)) options.servername = host;
    if (cert !== '-') Object.assign(options, { cert: fs.readFileSync(cert), key: fs.readFileSync(key) });
    tls.connect(options).on('error', failed).on('end', done).resume();
  } catch (err) {
    failed(err);
  }
});

(async () => {
  const args = process.argv.slice(2);
  for (let i = 0; i + 3 < args.length; i += 4) {
    await dial(...args.slice(i, i + 4));
    console.log('--');
  }
})();
