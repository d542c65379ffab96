// Command pause holds a pod's namespaces, as the image of the same name does: it waits, reaps orphans and ends on a signal.
// With -v it prints a version and ends: kubeadm's health check before an upgrade runs it like that.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	for _, argument := range os.Args[1:] {
		if argument == "-v" {
			fmt.Println("pause (kubesmith lab)")
			return
		}
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGCHLD)
	for received := range signals {
		if received != syscall.SIGCHLD {
			return
		}
		for {
			if pid, _ := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); pid <= 0 {
				break
			}
		}
	}
}
