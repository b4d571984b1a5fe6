// Package tools runs conform on clients that people use and holds what it finds against what was measured on a real
// daemon.
package tools
