// Package run is a small kernel: the processes of one container, in goroutines.
//
// A [Space] is a pid namespace with its descriptors, pipes, terminals and signals. Programs are Go functions, which do all that they do by the
// methods of their [Process], the system calls. A call is where a process is paused, stopped, killed or interrupted, and where it waits:
// a process is settled while its one wait is for something that has not come, and [Space.Settle] waits until that is so of all.
//
// What a command line does is not known here: a shell is a user of processes, as every program is, so package program stands above this one
// and hands in its Find.
package run
