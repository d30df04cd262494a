//go:build unix

package engines

import (
	"os/exec"
	"syscall"
)

// detach keeps an interrupt at the terminal from the child: its parent ends it after it has cancelled what runs there.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
