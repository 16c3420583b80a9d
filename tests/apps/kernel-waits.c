/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Processes that wait for each other, by nothing but system calls. Says "ready PID OTHER" of the one that is to be looked at
 * and of another one, and ends all of them, with status 0, when its standard input is closed. */

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define MUCH (1 << 20)

static int there[2], back[2], silent[2], pair[2], listening, null;
static struct sockaddr_in listens_at;
static char path[] = "/tmp/kernel-waits-XXXXXX";

static void
close_both (int ends[2])
{
  close (ends[0]);
  close (ends[1]);
}

static void
write_much (int fd)
{
  static char bytes[MUCH];

  while (write (fd, bytes, sizeof bytes) > 0) /* WAITS: write */
    ;
}

static void
read_all (int fd)
{
  char bytes[64];

  while (read (fd, bytes, sizeof bytes) > 0) /* WAITS: read */
    ;
}

static void
wait_for_silence (void)
{
  close_both (pair);
  read_all (silent[0]);
}

/* ---- Each a pair: the one that is looked at, and the other ------------------------------------------- */

static void
write_there (void)
{
  close (there[0]);
  close (back[1]);
  write_much (there[1]);
}

static void
write_back (void)
{
  close (there[1]);
  close (back[0]);
  write_much (back[1]);
}

static void
read_own (void)
{
  close_both (back);
  read_all (there[0]);
}

static void
wait_for_child (void)
{
  pid_t pid = fork ();

  if (pid == 0)
    {
      close (there[0]);
      write_much (there[1]);
      _exit (0);
    }
  close (there[1]);
  if (waitpid (pid, NULL, 0) != pid) /* WAITS: child */
    abort ();
}

static void
lock_record (void)
{
  struct flock lock = { .l_type = F_WRLCK };
  int fd = open (path, O_RDWR);

  fcntl (fd, F_SETLKW, &lock); /* WAITS: record */
  wait_for_silence ();
}

static void
lock_file (void)
{
  int fd = open (path, O_RDWR);

  flock (fd, LOCK_EX); /* WAITS: flock */
  wait_for_silence ();
}

static void
read_first (void)
{
  close (pair[1]);
  close_both (silent);
  read_all (pair[0]);
}

static void
ask_first (void)
{
  if (write (pair[0], "?", 1) != 1)
    abort ();
  read_first ();
}

static int
call (void)
{
  int client = socket (AF_INET, SOCK_STREAM, 0);

  if (connect (client, (struct sockaddr *)&listens_at, sizeof listens_at) != 0)
    abort ();
  return client;
}

static void
stop_oneself (void)
{
  close (pair[0]);
  raise (SIGSTOP);
}

static void
forget_the_other (void)
{
  close (pair[0]);
  read_all (silent[0]);
}

/* A client and its server, of which one waits for the other, who does something else. */
static void
call_and_read (void)
{
  int client = call ();

  close_both (silent);
  read_all (client);
}

static void
call_and_forget (void)
{
  call ();
  pause ();
}

static void
answer_and_read (void)
{
  int server = accept (listening, NULL, NULL);

  close_both (silent);
  read_all (server);
}

static void
answer_and_forget (void)
{
  if (accept (listening, NULL, NULL) < 0)
    abort ();
  read_all (silent[0]);
}

static void
listen_to_the_other (void)
{
  struct pollfd fds[] = { { pair[1], POLLIN, 0 }, { silent[0], POLLIN, 0 } };

  close (pair[0]);
  poll (fds, 2, -1);
}

static const char *
get_fifo (void)
{
  static char name[64];

  snprintf (name, sizeof name, "%s.fifo", path);
  return name;
}

static void
open_fifo (void)
{
  const char *name = get_fifo ();

  mkfifo (name, 0600);
  if (open (name, O_RDONLY) < 0) /* WAITS: open */
    abort ();
}

static void
rest (void)
{
  close (there[0]);
  pause ();
}

static void
read_there (void)
{
  close (there[1]);
  close_both (back);
  read_all (there[0]);
}

/* It waits for what it would have to say itself, and for something else, which may let it. */
static void
ask_oneself (void)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t length = sizeof address;
  int listener = socket (AF_INET, SOCK_STREAM, 0), client = socket (AF_INET, SOCK_STREAM, 0);
  struct pollfd fds[] = { { client, POLLIN, 0 }, { silent[0], POLLIN, 0 } };

  if (bind (listener, (struct sockaddr *)&address, length) != 0 || listen (listener, 1) != 0 ||
      getsockname (listener, (struct sockaddr *)&address, &length) != 0 ||
      connect (client, (struct sockaddr *)&address, length) != 0 ||
      accept (listener, NULL, NULL) < 0 || write (client, "?", 1) != 1)
    abort ();
  poll (fds, 2, -1); /* WAITS: question */
}

/* To one that is to be accepted by nobody: there is no room for the second one. */
static void
connect_to_oneself (void)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int listener = socket (AF_UNIX, SOCK_STREAM, 0);

  snprintf (address.sun_path + 1, sizeof address.sun_path - 1, "kernel-waits-full-%d", getpid ());
  if (bind (listener, (struct sockaddr *)&address, sizeof address) != 0 ||
      listen (listener, 0) != 0)
    abort ();
  for (;;)
    {
      int client = socket (AF_UNIX, SOCK_STREAM, 0);

      connect (client, (struct sockaddr *)&address, sizeof address); /* WAITS: connect */
    }
}

/* What attaches interrupts that, and it goes on as another system call. */
static void
sleep_long (void)
{
  sleep (3600);
}

static void
poll_for_callers (void)
{
  int listener = socket (AF_INET, SOCK_STREAM, 0);
  struct pollfd poll_for = { listener, POLLIN, 0 };

  if (listen (listener, 1) != 0)
    abort ();
  poll (&poll_for, 1, -1);
}

static const struct
{
  const char *name;
  void (*other) (void); /* begins first, where that matters */
  void (*subject) (void);
} pairs[] = {
  { "crossed", write_back, write_there },
  { "own-end", NULL, read_own },
  { "unread-child", NULL, wait_for_child },
  { "record-lock", lock_record, lock_record },
  { "flock", lock_file, lock_file },
  { "stopped", stop_oneself, read_first },
  { "elsewhere", forget_the_other, ask_first },
  { "server-elsewhere", answer_and_forget, call_and_read },
  { "fifo", NULL, open_fifo },
  { "asks-itself", NULL, ask_oneself },
  { "full-queue", NULL, connect_to_oneself },
  { "idle", listen_to_the_other, read_first },
  { "idle-client", call_and_forget, answer_and_read },
  { "idle-pair", rest, read_first },
  { "pipeline", rest, read_there },
  { "sleeps", NULL, sleep_long },
  { "listens", NULL, poll_for_callers },
};

/* ---- Processes ------------------------------------------------------------------------------------------ */

static pid_t
start (void (*function) (void))
{
  pid_t pid = function != NULL ? fork () : 0;

  if (pid != 0 || function == NULL)
    return pid;
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  /* It ends with the one that has started it, and not with what that reads. */
  if (dup2 (null, STDIN_FILENO) < 0)
    _exit (1);
  function ();
  _exit (0);
}

/* It has what it is there for once it sleeps. */
static void
wait_until_asleep (pid_t pid)
{
  char name[64], line[256] = "";
  const char *state = NULL;
  FILE *file;

  snprintf (name, sizeof name, "/proc/%d/stat", (int)pid);
  while (pid > 0 && (state == NULL || strchr ("ST", state[2]) == NULL))
    {
      poll (NULL, 0, 1);
      file = fopen (name, "r");
      if (file == NULL || fgets (line, sizeof line, file) == NULL)
        abort ();
      fclose (file);
      state = strrchr (line, ')');
    }
}

int
main (int argc, char **argv)
{
  pid_t subject = 0, other = 0;
  socklen_t length = sizeof listens_at;
  char byte;

  null = open ("/dev/null", O_RDWR);
  listening = socket (AF_INET, SOCK_STREAM, 0);
  listens_at =
      (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  if (bind (listening, (struct sockaddr *)&listens_at, length) != 0 || listen (listening, 1) != 0 ||
      getsockname (listening, (struct sockaddr *)&listens_at, &length) != 0)
    return 1;
  if (pipe (there) != 0 || pipe (back) != 0 || pipe (silent) != 0 ||
      socketpair (AF_UNIX, SOCK_STREAM, 0, pair) != 0 || mkstemp (path) < 0)
    return 1;
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
    if (argc > 1 && strcmp (argv[1], pairs[i].name) == 0)
      {
        other = start (pairs[i].other);
        wait_until_asleep (other);
        subject = start (pairs[i].subject);
      }
  close_both (there);
  close_both (back);
  close_both (pair);
  printf ("ready %d %d\n", (int)subject, (int)other);
  fflush (stdout);
  while (read (STDIN_FILENO, &byte, 1) > 0)
    ;
  unlink (path);
  unlink (get_fifo ());
  if (subject > 0)
    kill (subject, SIGKILL);
  if (other > 0)
    kill (other, SIGKILL);
  return 0;
}
