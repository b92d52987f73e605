// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0

// The only program of the tiny guest: counts aloud for ever, or says the probe's word and powers off.
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void) {
  char command_line[4096] = {0};
  mkdir("/proc", 0755);
  mount("proc", "/proc", "proc", 0, "");
  int fd = open("/proc/cmdline", O_RDONLY);
  if (fd < 0 || read(fd, command_line, sizeof command_line - 1) < 0) {
    puts("no command line");
  }
  if (strstr(command_line, "agentbox.probe")) {
    puts("AGENTBOX-PROBE-OK");
    fflush(stdout);
    sleep(1);  // the serial port is slower than the end
    reboot(RB_POWER_OFF);
  }
  for (int count = 1;; ++count) {
    printf("<tick %d>\n", count);
    fflush(stdout);
    usleep(100000);
  }
}
