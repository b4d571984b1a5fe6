// Package compose is empty: its module pins docker compose v2 as a tool, and has tests of what it makes of a daemon, also over
// ssh by running OpenSSH.
package compose
