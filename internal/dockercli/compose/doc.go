// Package compose is empty: its module pins docker compose v2 as a tool, and has tests of what reaches a daemon over ssh by
// running OpenSSH.
package compose
