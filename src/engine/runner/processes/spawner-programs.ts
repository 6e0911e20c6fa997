/** The small programs that make the processes of attempts; `spawner.ts` says what they are for. */

/**
 * Both do the same. They read requests from stdin, each a line with the length of what follows and then, between NUL
 * bytes: the key, the directory, the number of arguments, the arguments, the variables. They answer with lines:
 *
 * - `ready`, first;
 * - `begun KEY PID`;
 * - `refused KEY CODE MESSAGE`, where CODE is the system's number of the error: no process was made, or it could not
 *   become the program;
 * - `ended KEY CODE`, where CODE is 128 + n for signal n; with `left` behind it where nobody has the streams of the
 *   place open any more, which only Linux tells, and only Perl asks.
 *
 * They end with their stdin, so they cannot outlive the engine. A new process gets a group of its own, so that its
 * tree can be ended as one; what is left in that group when its leader has ended has lost its machine.
 */
type SpawnerProgram = string;

/**
 * In Perl, which every Linux distribution for people and every Mac has: a process is made by copying the one that
 * makes it, and Perl is a tenth of Node.
 * The wrapper holds the writing end of a pipe as its stdin, and nobody else does: it closes when the wrapper ends.
 * Before that, a number that comes through it is why the wrapper could not be run. The look once a second is for the end of a
 * wrapper whose pipe a command has got hold of.
 * A lease for writing is given on a file that nobody else has open; it goes with the file.
 * That a process has begun is told a moment later: by then a short one has ended, and both are told in one go.
 */
export const perlProgram: SpawnerProgram = String.raw`
use strict;
$0 = 'batch-mcp spawner';
my @words = @ARGV;
my ($O_NONBLOCK, $F_SETLEASE, $F_WRLCK) = (2048, 1024, 1);
my ($input, $output, $reading, %watched) = ('', '', '');
open(my $nothing, '+<', '/dev/null') or exit 1;
vec($reading, 0, 1) = 1;
sub answer { $output .= "@_\n" }
sub flush { substr($output, 0, syswrite(STDOUT, $output) || exit) = '' while $output ne '' }
sub refuse { answer('refused', $_[0], $! + 0, $!); flush() }
sub begin {
  my ($key, $directory, $count, @variables) = split(/\0/, $_[0], -1);
  my @arguments = splice(@variables, 0, $count);
  chdir($directory) && pipe(my $mine, my $its) or return refuse($key);
  %ENV = map { split(/=/, $_, 2) } @variables;
  my $pid = fork;
  return refuse($key) unless defined $pid;
  if ($pid == 0) {
    setpgrp(0, 0);
    open(STDIN, '>&', $its);
    open(STDOUT, '>&', $nothing);
    exec { $words[0] } @words, @arguments;
    syswrite(STDIN, $! + 0);
    kill('KILL', $$);
  }
  setpgrp($pid, $pid);
  vec($reading, fileno($mine), 1) = 1;
  $watched{fileno($mine)} = [$key, $pid, $mine, $arguments[0]];
  answer('begun', $key, $pid);
}
sub finish {
  my ($at, $failure, $is_waited) = @_;
  my ($key, $pid, undef, $place) = @{delete $watched{$at}};
  vec($reading, $at, 1) = 0;
  kill('KILL', -$pid);
  waitpid($pid, 0) unless $is_waited;
  my $code = $? & 127 ? 128 + ($? & 127) : $? >> 8;
  return refuse($key, $! = $failure) if $failure;
  answer('ended', $key, $code, is_left($place) ? 'left' : ());
  flush();
}
sub is_left {
  return 0 unless $^O eq 'linux';
  for my $stream ("$_[0].out", "$_[0].err") {
    my $file;
    return 0 unless lstat($stream) and -f _ and sysopen($file, $stream, $O_NONBLOCK);
    return 0 unless fcntl($file, $F_SETLEASE, $F_WRLCK);
  }
  return 1;
}
sub look {
  my $count = sysread($watched{$_[0]}[2], my $told, 16);
  if (!defined $count or $count and $told !~ /^\d+\z/) {
    vec($reading, $_[0], 1) = 0;
    return;
  }
  finish($_[0], $count ? $told : 0, 0);
}
answer('ready');
while (1) {
  my $ready = $reading;
  my $found = select($ready, undef, undef, $output ne '' ? 0.003 : %watched ? 1 : undef);
  if ($found == 0) {
    flush();
    for my $at (keys %watched) {
      finish($at, 0, 1) if waitpid($watched{$at}[1], 1) > 0;
    }
  }
  next if $found < 1;
  for my $at (keys %watched) {
    look($at) if vec($ready, $at, 1);
  }
  next unless vec($ready, 0, 1);
  sysread(STDIN, $input, 65536, length($input)) or exit;
  while ($input =~ /^(\d+)\n/ and length($input) >= $+[0] + $1) {
    my $request = substr($input, $+[0], $1);
    substr($input, 0, $+[0] + $1) = '';
    begin($request);
  }
}`;

/** In Node, for a machine without Perl. */
export const nodeProgram: SpawnerProgram = String.raw`
const { spawn } = require('node:child_process');
const { constants, devNull } = require('node:os');
const { openSync, writeSync } = require('node:fs');
process.title = 'batch-mcp spawner';
const nothing = openSync(devNull, 'r+');
const [file, ...words] = process.argv.slice(1);
const answer = (...message) => writeSync(1, message.join(' ') + '\n');
const begin = (request) => {
  const [key, cwd, count, ...rest] = request.split('\0');
  const variables = rest.splice(Number(count)).map((variable) => {
    const at = variable.indexOf('=');
    return [variable.slice(0, at), variable.slice(at + 1)];
  });
  const refuse = (error) => answer('refused', key, -error.errno, error.message);
  try {
    const options = { cwd, env: Object.fromEntries(variables), detached: true, stdio: [nothing, nothing, nothing] };
    const child = spawn(file, [...words, ...rest], options);
    child.once('error', refuse);
    if (child.pid === undefined) return;
    answer('begun', key, child.pid);
    child.once('exit', (code, signal) => {
      try { process.kill(-child.pid, 'SIGKILL'); } catch {}
      answer('ended', key, code ?? 128 + constants.signals[signal]);
    });
  } catch (error) {
    refuse(error);
  }
};
let input = Buffer.alloc(0);
process.stdin.on('end', () => process.kill(process.pid, 'SIGKILL'));
process.stdin.on('data', (data) => {
  input = Buffer.concat([input, data]);
  for (;;) {
    const line = input.indexOf(10);
    const end = line + 1 + Number(input.toString('latin1', 0, line));
    if (line < 0 || input.length < end) return;
    const request = input.toString('utf8', line + 1, end);
    input = input.subarray(end);
    begin(request);
  }
});
answer('ready');`;
