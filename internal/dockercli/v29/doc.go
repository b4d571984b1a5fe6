// Package v29 is empty: its module pins the docker CLI 29.7.2 as a tool.
package v29
