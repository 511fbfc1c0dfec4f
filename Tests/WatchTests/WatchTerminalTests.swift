import Basics
import Glibc
import Pipeline
import Testing

/// The command on a real terminal: keys, the redrawn line, and a terminal that is left as it was.
@Suite(.serialized) struct WatchTerminalTests {
    @Test func `Keys are answered, and q ends the command with the terminal as it was`() throws {
        let workshop = try Workshop()
        let session = try TerminalSession(["watch"], in: workshop.directory)
        try session.expect("Baseline")
        try session.expect("q quit  b set baseline  w why  d details")
        #expect(!session.isCooked)
        try workshop.place("tiny_cnn.edited")
        try session.expect("Rebuilt")
        try session.expect("middle.expand")
        try session.expect("total")
        session.press("d")
        try session.expect("Details")
        session.press("w")
        try session.expect("was compiled in @")
        try session.expect("produced by middle.expand")
        session.press("b")
        try session.expect("Baseline", times: 2)
        session.press("xyz")
        session.press("q")
        #expect(try session.end() == 0)
        #expect(session.isCooked)
        #expect(session.screen.contains("\u{1B}[K"), "the status line is redrawn")
    }

    private static let endings: [(Int32, Int32)] = [(SIGINT, 130), (SIGTERM, 143), (SIGHUP, 129)]

    @Test(arguments: endings)
    func `A signal ends it with its code, the terminal as it was and nothing left behind`(signal: Int32, code: Int32) throws {
        let workshop = try Workshop()
        let session = try TerminalSession(["watch"], in: workshop.directory)
        try session.expect("Baseline")
        if signal == SIGINT { session.press("\u{3}") } else { session.signal(signal) }
        #expect(try session.end() == code)
        #expect(session.isCooked)
        #expect(Directory.names(in: workshop.directory) == ["build", "cache", "model.pt2", "reglaze.toml"])
        #expect(Directory.names(in: "\(workshop.directory)/build") == ["model.headset.rgi"])
    }

    @Test func `While nothing happens it does nothing`() throws {
        let workshop = try Workshop()
        let session = try TerminalSession(["watch"], in: workshop.directory)
        try session.expect("Baseline")
        try session.expect("q quit")
        usleep(200_000)
        let before = session.processorTicks
        usleep(1_000_000)
        // A thread that goes round without waiting takes some 100 ticks.
        #expect(session.processorTicks - before < 20)
        session.press("q")
        #expect(try session.end() == 0)
    }

    @Test func `Suspended and brought back, it takes keys again`() throws {
        let workshop = try Workshop()
        let session = try TerminalSession(["watch"], in: workshop.directory)
        try session.expect("Baseline")
        session.signal(SIGTSTP)
        for _ in 0..<500 where !session.isCooked { usleep(10_000) }
        #expect(session.isCooked, "a shell gets its terminal back")
        session.signal(SIGCONT)
        for _ in 0..<500 where session.isCooked { usleep(10_000) }
        #expect(!session.isCooked)
        try workshop.place("tiny_cnn.edited")
        try session.expect("Rebuilt")
        session.press("q")
        #expect(try session.end() == 0)
    }

    @Test func `In the background it leaves the keys to the shell, and takes them when it is brought to the front`() throws {
        let workshop = try Workshop()
        let executable = try #require(TerminalSession.executable)
        let shell = try TerminalSession(["/bin/bash", "--norc", "--noediting", "-i"])
        shell.press("\(executable) watch \(TerminalSession.options(workshop.directory).joined(separator: " ")) &\n")
        try shell.expect("q quit")
        #expect(shell.isCooked, "the shell's terminal is as it was")
        // Were these keys the command's, it would end at the first.
        shell.press("echo q$((20 + 22))q\n")
        try shell.expect("q42q")
        try workshop.place("tiny_cnn.edited")
        try shell.expect("Rebuilt")
        shell.press("fg\n")
        for _ in 0..<500 where shell.isCooked { usleep(10_000) }
        #expect(!shell.isCooked)
        shell.press("d")
        try shell.expect("Details")
        shell.press("q")
        for _ in 0..<500 where !shell.isCooked { usleep(10_000) }
        shell.press("echo $?$((20 + 23))\n")
        try shell.expect("043")
        shell.press("exit\n")
        #expect(try shell.end() == 0)
    }

    @Test func `With --json every event is a line, and interrupting it leaves whole lines`() throws {
        let workshop = try Workshop()
        let session = try TerminalSession(["watch", "--json", "--progress", "none"], in: workshop.directory)
        try session.expect("\"event\":\"baseline\"")
        try workshop.place("tiny_cnn.edited")
        try session.expect("\"event\":\"built\"")
        try workshop.place("tiny_cnn.moved")
        try session.expect("\"event\":\"built\"", times: 2)
        session.press("\u{3}")
        #expect(try session.end() == 130)
        let lines = session.screen.split { $0.isNewline }.filter { $0.hasPrefix("{") }
        #expect(lines.count >= 6)
        for line in lines {
            #expect(line.contains("\"schema\":\"reglaze.watch/1\"") && line.hasSuffix("}"), "\(line)")
        }
        let built = try #require(lines.first { $0.contains("\"event\":\"built\"") })
        for field in [
            "\"compiled_kernels\":[", "\"rows\":[", "\"totals\":{", "\"inputs\":[", "\"seconds_since_save\":", "\"image_digest\":",
        ] {
            #expect(built.contains(field), "\(field)")
        }
    }

    @Test func `A model that the manifest has not is exit code 2 at once`() throws {
        let workshop = try Workshop()
        let session = try TerminalSession(["watch", "nothing"], in: workshop.directory)
        #expect(try session.end() == 2)
        #expect(session.screen.contains("W005"))
        #expect(session.isCooked)
    }
}
