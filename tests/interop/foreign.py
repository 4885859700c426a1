"""Foreign programs: started, listened to, ended; their versions; what has to be built first."""

import os
import re
import signal
import subprocess
import threading

TIME = 120  # seconds that anything may take; our side gives up earlier, to say what it waited for


class Failed(Exception):
    """Why a case failed, for people."""


class Program:
    """A process that was started here: its output is kept, its end is certain."""

    def __init__(self, command, stdin=subprocess.DEVNULL, directory=None, stop=signal.SIGTERM, **redirect):
        self.command = command
        self.stop_signal = stop
        self.output = ''
        self.ready = None
        self.line_came = threading.Condition()
        redirect = {'stdout': subprocess.PIPE, 'stderr': subprocess.STDOUT, **redirect}
        try:
            self.process = subprocess.Popen(command, stdin=stdin, cwd=directory, start_new_session=True,
                                            **redirect)
        except OSError as error:
            raise Failed(f'{command[0]}: {error}') from error
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout or []:
            with self.line_came:
                self.output += line.decode(errors='replace')
                self.line_came.notify_all()
        with self.line_came:
            self.ready = False
            self.line_came.notify_all()

    def wait_for(self, pattern):
        """The first match in its output."""
        with self.line_came:
            self.line_came.wait_for(lambda: re.search(pattern, self.output) or self.ready is False, TIME)
            found = re.search(pattern, self.output)
        if not found:
            raise Failed(f'{self.name()} did not say "{pattern}": {self.output.strip()[-300:]}')
        return found

    def name(self):
        return ' '.join(os.path.basename(word) for word in self.command[:2])

    def finish(self, seconds=TIME):
        """Waits for its end, which must be a success, and returns what it printed."""
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failed(f'{self.name()} did not end: {self.output.strip()[-300:]}') from None
        self.reader.join(TIME)
        if code != 0:
            raise Failed(f'{self.name()} ended with {code}: {self.output.strip()[-500:]}')
        return self.output

    def stop(self):
        if self.process.stdin:
            self.process.stdin.close()
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        try:
            os.killpg(self.process.pid, signal.SIGKILL)  # what it started itself and left behind
        except ProcessLookupError:
            pass
        self.reader.join(TIME)
        if self.process.stdout:
            self.process.stdout.close()


def version_of(peer):
    """What the peer calls its version; None if it is not there."""
    try:
        answer = subprocess.run(peer['version'], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True,
                                stderr=subprocess.STDOUT, timeout=TIME, text=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r'\d+(\.\d+)+', answer) or re.search(r'\d+', answer)
    return found.group(0) if found else None


def build(name, peer, work, **words):
    """What has to be compiled before it can run."""
    os.makedirs(os.path.join(work, name), exist_ok=True)
    for command in peer.get('build', []):
        program = Program([word.format(work=work, **words, **peer.get('words', {})) for word in command],
                          directory=os.path.join(work, name))
        try:
            program.finish(5 * TIME)
        finally:
            program.stop()
