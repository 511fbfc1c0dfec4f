import Basics
import Glibc
import Pipeline
import Testing

/// A fault of ours is exit code 101 with a report file, whatever command meets it.
@Suite struct InternalFaultTests {
    @Test(arguments: ["build", "capture net.py:Net -o out.pt2 --no-server", "run net"])
    func `A capture process that fails of itself is an internal fault`(arguments: String) throws {
        let command = try Command()
        try command.write("class Net: pass\n", to: "net.py")
        try command.write(
            "[workspace]\ntargets = [\"headset\"]\n[models.net]\nsource = \"net.py:Net\"\n[capture]\npython = \"python\"\n",
            to: "reglaze.toml")
        let answer = #"{"event":"failed","message":"KeyError: 1","traceback":"in line 7 of ours"}"#
        try command.write("#!/bin/sh\nread -r request\necho '\(answer)'\n", to: "python")
        chmod("\(command.directory)/python", 0o755)
        let result = try command.run(arguments, environment: "CI=true")
        #expect(result.status == 101 && result.errors.contains("error[C901]: capture failed: KeyError: 1"), "\(result.errors)")
        #expect(result.errors.contains("please report it with reglaze-internal-error.txt"), "\(result.errors)")
        let report = try #require(try FilePath.text("\(command.directory)/reglaze-internal-error.txt"))
        #expect(report.contains(arguments) && report.contains("in line 7 of ours"), "\(report)")
    }
}
