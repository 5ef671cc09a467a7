// Package wire is the form of the messages between a worker and its host. It is generated from worker.proto by
// protoc 3.21, protoc-gen-go v1.36.11 and protoc-gen-go-ttrpc v1.2.10; the meaning and every check of what comes in
// belong to package worker.
package wire

//go:generate protoc --go_out=. --go_opt=paths=source_relative --go-ttrpc_out=. --go-ttrpc_opt=paths=source_relative worker.proto
