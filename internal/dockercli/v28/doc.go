// Package v28 is empty: its module pins the docker CLI 28.5.2 as a tool.
package v28
