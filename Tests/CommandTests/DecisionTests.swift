import Testing

/// An output that hangs on which of several values is greatest can be another one altogether in a narrow type. Whoever compares it is told so.
@Suite struct DecisionTests {
    @Test(arguments: ["bf16", "float"])
    func `What hangs on an order is told with the operator that finds it, where rounding can turn it round`(precision: String) throws {
        let command = try Command()
        try command.write(command.fixture("unpooled.pt2"), to: "unpooled.pt2")
        // The last element of the last tensor of the file, an output.
        var reference = try command.fixture("unpooled.safetensors")
        reference.replaceSubrange(reference.count - 4..<reference.count, with: [0, 0, 200, 66])
        try command.write(reference, to: "wrong.safetensors")
        try command.write(
            "[workspace]\ntargets = [\"headset\"]\n[models.m]\nprogram = \"unpooled.pt2\"\nprecision = \"\(precision)\"\n",
            to: "reglaze.toml")
        let result = try command.run("run m --check --reference wrong.safetensors")
        #expect(result.status == 3 && result.errors.contains("N001"), "\(result.errors)")
        let isTold =
            result.errors.contains("it hangs on the order that 'max_pool_places' at ")
            && result.errors.contains("bf16 turns near ties round") && result.errors.contains("use precision float")
        #expect(isTold == (precision == "bf16"), "\(result.errors)")
    }
}
