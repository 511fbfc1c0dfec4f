import Basics
import Capture
import Glibc
import Pipeline
import Testing

/// What a build makes of the capture process's answers, with a script in Python's place.
@Suite struct CaptureQueryTests {
    @Test func `A source is captured once, and again when a file that capture read has changed`() async throws {
        let python = try StandInPython("done_event")
        let first = try await python.build()
        #expect(first.diagnostics.map(\.description) == [] && first.reports.count == 1)
        #expect(first.reports.first?.capture?.isReused == false)
        let second = try await python.build()
        #expect(second.reports.first?.capture?.isReused == true && second.reports.first?.statistics.executions.isEmpty == true)
        #expect(try python.calls() == 1)
        try python.write("class Net: pass  # edited\n", to: "net.py")
        let third = try await python.build()
        #expect(try python.calls() == 2)
        // The archive came out equal: nothing beneath was computed again.
        #expect(third.reports.first?.statistics.executions.isEmpty == true && third.reports.first?.capture?.isReused == false)
    }

    @Test func `A refusal is a result: reported again, and not asked for again`() async throws {
        let python = try StandInPython(
            """
            printf '{"event":"refused","diagnostics":[{"code":"C104","severity":"error","message":"forward depends on a value","file":"net.py","line":1,"text":"class Net: pass","notes":["a note"],"help":["one","two"]}],"read":[{"path":"%s","digest":"%s"}]}\\n' "$source" "$(sha256sum <"$source" | cut -d' ' -f1)"
            """)
        let first = try await python.build()
        let text = """
            error[C104]: forward depends on a value
              --> net.py:1
               = note: 1 | class Net: pass
               = note: a note
               = help: one
                     | two
            """
        #expect(first.diagnostics.map(\.description) == [text])
        #expect(try await python.build().diagnostics == first.diagnostics)
        #expect(try python.calls() == 1)
        try python.write("class Net: pass  # edited\n", to: "net.py")
        _ = try await python.build()
        #expect(try python.calls() == 2)
    }

    @Test func `A refusal that hangs on more than its inputs is asked for again in the next build`() async throws {
        let python = try StandInPython(
            """
            [ $call = 3 ] && done_event && exit
            printf '{"event":"refused","passing":true,"diagnostics":[{"code":"C102","severity":"error","message":"URLError"}],"read":[{"path":"%s","digest":"%s"}]}\\n' "$source" "$(sha256sum <"$source" | cut -d' ' -f1)"
            """)
        for call in 1...2 {
            let refused = try await python.build()
            // Nothing moved: a watch waits for the next edit.
            #expect(refused.diagnostics.map(\.code.text) == ["C102"] && refused.isSettled)
            #expect(try python.calls() == call)
        }
        #expect(try await python.build().diagnostics.isEmpty)
        #expect(try await python.build().diagnostics.isEmpty && python.calls() == 3)
    }

    @Test(arguments: [
        ("kill -9 $$", "C131"), ("echo nothing", "C131"), ("exec sleep 60", "C132"),
        (#"echo '{"event":"failed","message":"ModuleNotFoundError: No module named torch","traceback":""}'"#, "C130"),
        (#"echo '{"event":"failed","message":"KeyError: 1","traceback":"a\nb"}'"#, "C901"), ("echo '{broken'", "C901"),
        (#"echo '{"event":"refused","diagnostics":[{"code":"C131","severity":"error","message":"died"}],"read":[]}'"#, "C131"),
    ])
    func `A process that dies, hangs or talks nonsense is an error that is not remembered`(behaviour: String, code: String) async throws {
        let python = try StandInPython("[ $call = 2 ] && done_event && exit\n\(behaviour)", timeout: 1)
        #expect(try await python.build().diagnostics.map(\.code.text) == [code])
        #expect(try await python.build().diagnostics.isEmpty)
    }

    @Test func `A program that was captured partly builds with one warning, and is not run as if it were whole`() async throws {
        let python = try StandInPython(
            """
            diagnostics='{"code":"C117","severity":"warning","message":"captured partly"}'; host_plan='{"steps":[]}'; done_event
            """)
        for _ in 0..<2 { #expect(try await python.build().diagnostics.map(\.code.text) == ["C117"]) }
        let outcome = try await python.run()
        #expect(outcome.diagnostics.map(\.code.text) == ["C117", "W009"] && outcome.outputs.isEmpty)
    }

    @Test func `A file that changes while it is captured is captured again before anything is labelled with it`() async throws {
        let python = try StandInPython("[ $call = 1 ] && { echo '# late' >>$source; done_event 0000; exit; }; done_event")
        #expect(try await python.build().diagnostics.isEmpty)
        #expect(try python.calls() == 2)
        #expect(try await python.build().reports.first?.capture?.isReused == true)
    }

    @Test func `Who asked whether there is a file is answered otherwise by a directory`() async throws {
        let python = try StandInPython(
            """
            lookups=$(printf %s '{"found":{"@/scale":true},"listed":{},"links":{},"variables":[]}' | sed "s#@#${source%/net.py}#"); done_event
            """)
        for (make, calls) in [("touch scale", 1), ("rm scale; mkdir scale", 2), ("rmdir scale; touch scale", 2)] {
            system("cd '\(python.directory)' && { \(make); }")
            #expect(try await python.build().diagnostics.isEmpty)
            #expect(try python.calls() == calls, "\(make)")
        }
    }

    @Test func `A source that was no file is looked at again when it is one`() async throws {
        let python = try StandInPython(
            """
            if [ -f "$source" ]; then done_event; else
                echo '{"event":"refused","diagnostics":[{"code":"C101","severity":"error","message":"there is no file"}],"read":[]}'
            fi
            """)
        func shell(_ words: String) { system("cd '\(python.directory)' && { \(words); }") }
        shell("mv net.py kept; mkfifo net.py")
        for _ in 0..<2 {
            #expect(try await python.build().failed)
            #expect(try python.calls() == 1)
        }
        shell("rm net.py; mv kept net.py")
        #expect(try await python.build().diagnostics.isEmpty)
    }

    @Test func `A file that changes whenever it is captured ends the build with its name`() async throws {
        let python = try StandInPython("echo '# late' >>$source; done_event 0000")
        let outcome = try await python.build()
        #expect(outcome.failed && outcome.diagnostics.map(\.code.text) == ["W013"])
        #expect(outcome.diagnostics.first?.message == "net.py changes whenever it is read")
    }

    @Test func `A file that never keeps still does not keep the other models from being built`() async throws {
        let python = try StandInPython("echo '# late' >>$source; done_event 0000")
        try python.write(
            """
            [workspace]
            targets = ["headset"]
            [models.a]
            source = "net.py:Net"
            [models.b]
            program = "\(StandInPython.fixture)"
            [capture]
            python = "bin/python"

            """, to: "reglaze.toml")
        let outcome = try await python.build()
        #expect(outcome.failed && outcome.diagnostics.filter { $0.severity == .error }.map(\.code.text) == ["W013"])
        #expect(outcome.reports.map(\.model) == ["b"])
    }

    @Test(arguments: [
        (#""found":{"@/fast.py":false},"listed":{}"#, "touch fast.py", "rm fast.py"),
        (#""found":{"@/scale.txt":true},"listed":{}"#, "rm scale.txt", "touch scale.txt"),
        (#""found":{},"listed":{"@/parts":["a"]}"#, "touch parts/b", "rm parts/b"),
        (#""found":{},"listed":{},"links":{"@/current":"parts"}"#, "ln -sfn scale.txt current", "ln -sfn parts current"),
        (#""found":{},"listed":{},"links":{"@/another":""}"#, "ln -s nowhere another", "rm another"),
        (#""found":{},"listed":{},"stated":{"@/scale.txt":"0 644"}"#, "echo >>scale.txt", ": >scale.txt"),
        (#""found":{},"listed":{},"stated":{"@/scale.txt":"0 644"}"#, "chmod 755 scale.txt", "chmod 644 scale.txt"),
    ])
    func `Another answer to what a capture looked for is another capture, and the first answer again is none`(
        lookups: String, change: String, undo: String
    ) async throws {
        let python = try StandInPython(
            """
            lookups=$(printf %s '{\(lookups.contains("links") ? "" : #""links":{},"#)\(lookups),"variables":[]}' | sed "s#@#${source%/net.py}#"); done_event
            """)
        func shell(_ words: String) { system("cd '\(python.directory)' && { \(words); }") }
        shell("mkdir parts; touch parts/a scale.txt; chmod 644 scale.txt; ln -s parts current")
        #expect(try await python.build().diagnostics.isEmpty)
        #expect(try await python.build().reports.first?.capture?.isReused == true)
        shell(change)
        // The stand-in always answers the same, which is not what the files say now.
        #expect(try await python.build().diagnostics.map(\.code.text) == ["W013"])
        let calls = try python.calls()
        #expect(calls > 1)
        shell(undo)
        #expect(try await python.build().reports.first?.capture?.isReused == true)
        #expect(try python.calls() == calls)
    }

    @Test func `A variable that the model's code reads is an input, and no other`() async throws {
        let python = try StandInPython(#"lookups='{"found":{},"listed":{},"links":{},"variables":["SCALE"]}'; done_event"#)
        for (variables, calls) in [
            ([:], 1), (["OTHER": "1"], 1), (["SCALE": "2"], 2), (["SCALE": "2", "OTHER": "1"], 2), (["SCALE": "3"], 3), ([:], 3),
            (["SCALE": "2"], 3),
        ] {
            #expect(try await python.build(variables: variables).diagnostics.isEmpty)
            #expect(try python.calls() == calls, "\(variables)")
        }
    }

    @Test func `Where modules are searched for is an input`() async throws {
        let python = try StandInPython("done_event")
        for (path, calls) in [(nil, 1), ("/a", 2), ("/b:/a", 3), ("/a", 3), (nil, 3)] {
            #expect(try await python.build(pythonPath: path).diagnostics.isEmpty)
            #expect(try python.calls() == calls, "\(path ?? "none")")
        }
    }

    @Test func `Without an interpreter the diagnostic says where it was looked for`() async throws {
        let python = try StandInPython("done_event")
        unlink("\(python.directory)/bin/python")
        let diagnostics = try await python.build().diagnostics
        #expect(diagnostics.map(\.code.text) == ["C130"] && diagnostics.first?.notes.first?.contains("bin/python") == true)
    }

    @Test func `A cancelled build ends its capture at once`() async throws {
        let python = try StandInPython("exec sleep 60")
        let task = Task { try await python.build() }
        python.whenStarted { task.cancel() }
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test(arguments: ActivationScheme.allCases) func `The scheme of int8 activations goes from the manifest to Python`(
        scheme: ActivationScheme
    )
        async throws
    {
        let python = try StandInPython(#"printf '%s' "$request" >"${source%/*}/request"; done_event"#)
        let manifest = try #require(try FilePath.text("\(python.directory)/reglaze.toml"))
        let entry = "source = \"net.py:Net\"\nprecision = \"int8\"\nactivations = \"\(scheme.rawValue)\""
        try python.write(manifest.replacing("source = \"net.py:Net\"", with: entry), to: "reglaze.toml")
        _ = try await python.build()
        let request = try #require(try FilePath.text("\(python.directory)/request"))
        #expect(request.contains(#""activations":"\#(scheme.rawValue)""#) && request.contains(#""precision":"int8""#), "\(request)")
    }

    @Test(arguments: [
        ("source = \"net.py\"", "must be FILE.py:NAME"), ("program = \"a.pt2\"\nkwargs = { a = 1 }", "has no `source`"),
        ("source = \"net.py:Net\"\nkwargs = { a = 2020-01-01 }", "made of tables"), ("source = \"net.py:Net\"\nkwarg = 1", "unknown key"),
        ("source = \"net.py:Net\"\nactivations = \"odd\"", "none of asymmetric, symmetric"),
    ])
    func `A mistake in a model's capture keys is named`(entry: String, message: String) throws {
        let text = "[models.net]\n\(entry)\n"
        let error = #expect(throws: DiagnosticList.self) { try ManifestReader.read(text, file: "reglaze.toml") }
        #expect(error?.diagnostics.contains { $0.message.contains(message) } == true, "\(error?.diagnostics ?? [])")
    }
}
