/** Small scripts, each with what is special about it. A command has to behave as `/bin/sh script` does. */
export interface ShellScript {
  readonly title: string;
  readonly script: string;
  readonly variables?: Readonly<Record<string, string>>;
}

const script = (title: string, text: string, variables?: Readonly<Record<string, string>>): ShellScript => ({
  title,
  script: text,
  ...(variables && { variables }),
});

const exits: readonly ShellScript[] = [
  script('no text at all', ''),
  script('a comment', '# nothing'),
  script('exit 0', 'exit 0'),
  script('exit 1', 'exit 1'),
  script('exit 42', 'exit 42'),
  script('exit 255', 'exit 255'),
  script('exit 256 wraps around', 'exit 256'),
  script('the last command decides', 'true; false'),
  script('a failure in between does not', 'false; true'),
  script('set -e ends at a failure', 'set -e; echo before; false; echo after'),
  script('set -u ends at an unset variable', 'set -u; echo before; echo "$NOT_SET"; echo after'),
  script('a syntax error', 'echo before\nif then fi\necho after'),
  script('an unfinished quotation', 'echo "never closed'),
  script('a command that does not exist', 'no-such-command-here; echo $?'),
  script('the end by a command that does not exist', 'no-such-command-here'),
  script('a file that is not executable', 'echo x > file; ./file; echo $?'),
  script('exec replaces the shell', 'exec sh -c "exit 7"; echo after'),
  script('exec of nothing', 'exec no-such-command-here; echo after'),
  script('return outside of a function', 'echo before; return 3'),
  script('an exit trap', 'trap "echo bye" EXIT; exit 4'),
  script('an exit trap that changes the code', 'trap "exit 9" EXIT; exit 4'),
];

const signals: readonly ShellScript[] = [
  script('$$ is the shell of the command', '[ "$(sh -c "echo \\$PPID")" = $$ ] && echo same'),
  script('$$ in a subshell is that of the command', '(echo $$) > sub; [ "$(cat sub)" = $$ ] && echo same'),
  script('kill -TERM $$', 'echo before; kill -TERM $$; echo after'),
  script('kill -KILL $$', 'echo before; kill -KILL $$; echo after'),
  script('kill -INT $$', 'echo before; kill -INT $$; echo after'),
  script('kill -HUP $$', 'echo before; kill -HUP $$; echo after'),
  script('kill -QUIT $$', 'ulimit -c 0; echo before; kill -QUIT $$; echo after'),
  script('kill -USR1 $$', 'kill -USR1 $$; echo after'),
  script('kill -PIPE $$', 'kill -PIPE $$; echo after'),
  script('a trap of USR1', 'trap "echo got" USR1; kill -USR1 $$; echo after'),
  script('a trap of TERM', 'trap "echo got; exit 5" TERM; kill -TERM $$; echo after'),
  script('a trap of INT', 'trap "echo got" INT; kill -INT $$; echo after'),
  script('a trap of QUIT', 'trap "echo got" QUIT; kill -QUIT $$; echo after'),
  script('an ignored TERM', 'trap "" TERM; kill -TERM $$; echo after'),
  script('INT is not ignored in a child', 'sh -c "kill -INT \\$\\$; echo survived"; echo $?'),
  script('QUIT is not ignored in a child', 'ulimit -c 0; sh -c "kill -QUIT \\$\\$; echo survived"; echo $?'),
  script('die() in a command substitution ends the script', 'die() { kill $$; }; x=$(die); echo published'),
  script('SIGPIPE ends a writer', '{ while echo y; do :; done; } | head -n 1; echo done'),
  script('yes and head', 'yes | head -n 3'),
  script('a child killed by a signal', 'sh -c "kill -TERM \\$\\$"; echo $?'),
  script('no signal is ignored or blocked', 'grep -E "^Sig(Ign|Blk)" /proc/self/status'),
];

const streams: readonly ShellScript[] = [
  script('stdin is at its end', 'cat; echo $?; read -r line; echo $?'),
  script('stdin is not the script', 'head -c 5; echo after'),
  script('both streams in order', 'echo one; echo two >&2; echo three'),
  script('no end of line', 'printf "no newline"'),
  script('bytes that are no text', 'printf "\\000\\377\\n" | od -c'),
  script('file descriptors', 'exec 3>file; echo x >&3; exec 3>&-; cat file; ls file'),
  script(
    'only the three streams are open',
    'for n in 3 4 5 6 7 8 9; do [ -e /proc/$$/fd/$n ] && echo $n; done; true',
  ),
  script('a pipe of three', 'printf "b\\na\\nc\\n" | sort | tail -n 1'),
  script('a here-document', 'cat <<END\n$((1 + 1))\nEND'),
  script('a closed stdout', 'exec >&-; echo lost; echo $? >&2'),
];

const jobs: readonly ShellScript[] = [
  script('background jobs and wait', 'sleep 0.05 & wait $!; echo $?; (exit 6) & wait $!; echo $?'),
  script('wait without arguments', '(exit 3) & (exit 4) & wait; echo $?'),
  script('a process left behind', 'sleep 3 >/dev/null 2>&1 & echo started'),
  script('a subshell and its variables', 'x=1; (x=2; echo $x); echo $x'),
  script('the working directory', 'mkdir sub && cd sub && cd .. && [ "$PWD" = "$(pwd)" ] && ls'),
  script('a function and local exit', 'f() { return 8; }; f; echo $?'),
  script('arguments are empty', 'echo $#; echo "[$*]"'),
  script('umask', 'umask'),
  script('$- has no surprises', 'case $- in *e*|*m*|*x*|*C*) echo odd ;; *) echo plain ;; esac'),
  script('> replaces a file', 'echo a > file; echo b > file; cat file'),
];

const variables: readonly ShellScript[] = [
  script('plain variables', 'echo "$A" "$B"', { A: "it's", B: 'two words' }),
  script('lines, quotes and dollars', 'echo "$A"', { A: 'a\n"b" $HOME `id` \\n $(id)' }),
  script('an empty variable is set', 'echo "[${A-unset}]"', { A: '' }),
  script('a variable that looks like an option', 'echo "$A"', { A: '-n' }),
  script('OPTIND that is no number', 'echo ran', { OPTIND: 'abc' }),
  script('OPTIND that is a number', 'echo $OPTIND', { OPTIND: '3' }),
  script('PPID', 'echo "${PPID:+set}"', { PPID: '1' }),
  script('UID', 'echo ran', { UID: '12345', EUID: 'x' }),
  script('SHELLOPTS and BASHOPTS', 'echo ran', { SHELLOPTS: 'xtrace', BASHOPTS: 'nope' }),
  script('BASH_ENV and ENV', 'echo ran', { BASH_ENV: '/nonexistent', ENV: '/nonexistent' }),
  script('IFS', 'set -- a:b; x="a:b"; set -- $x; echo $#', { IFS: ':' }),
  script('RANDOM and SECONDS', 'env | grep -c "^RANDOM=\\|^SECONDS=" | grep -q "[012]" && echo ran', {
    RANDOM: 'abc',
    SECONDS: 'x',
  }),
  script('PS4 and xtrace', 'set -x; echo ran', { PS4: '> ' }),
  script('LC_ALL that does not exist', 'echo ran', { LC_ALL: 'xx_YY.nope' }),
  script('PATH', 'no-such-command-here 2>/dev/null; echo $?; echo "$PATH"', {
    PATH: '/opt/app/bin:/usr/bin:/bin',
  }),
  script('a PATH without anything', 'echo built in; ls 2>/dev/null; echo $?', { PATH: '/nonexistent' }),
  script('HOME', 'cd && pwd', { HOME: '/' }),
  script('LD_LIBRARY_PATH', 'echo "$LD_LIBRARY_PATH"', { LD_LIBRARY_PATH: '/opt/app/lib' }),
  script('variables of the runner', 'echo "[$limits$setsid$data$kind$file$directory$start_time]"'),
  script('a variable named as one of the runner', 'echo "$limits $file"', { limits: 'mine', file: 'too' }),
];

export const shellScripts: readonly ShellScript[] = [...exits, ...signals, ...streams, ...jobs, ...variables];
