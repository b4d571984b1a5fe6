//go:build !linux

package testscripts

func enterPrivate() error { return notPrivate("only Linux has network and mount namespaces") }
