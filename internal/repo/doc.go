// Package repo holds the rules of the repository as tests: who may import whom, what importers pay
// for, and that the README is still true.
package repo
