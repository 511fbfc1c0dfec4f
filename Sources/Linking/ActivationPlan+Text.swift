extension ActivationPlan {
    /// The plan as people read it: for each memory a table of address by time, a bar for each block, then the steps with their workspaces.
    ///
    /// Names are those that the program gives; they are not part of the plan. A bar has at most 64 columns; longer programs share a column among
    /// equally many steps.
    package func text(for request: ActivationPlanRequest, valueNames: [String], stepNames: [String]) -> String {
        let columns = TimeColumns(steps: request.steps.count)
        var lines = [
            "plan of \(request.values.count) values over \(request.steps.count) steps",
            "  sram  peak \(sramPeakBytes) at step \(sramPeakStep), floor \(sramFloorBytes), capacity \(request.sramBytes) bytes",
            "  dram  \(dramBytes) bytes, pinned \(pinnedBytes), moved for spilled activations \(spilledTraffic)",
        ]
        for space in [Placement.Space.sram, .dram] {
            lines.append("\(space)  (one column: \(columns.stepsPerColumn) step\(columns.stepsPerColumn == 1 ? "" : "s"))")
            let indices = placements.indices.filter { placements[$0].space == space }
                .sorted { (placements[$0].address, placements[$0].firstStep, $0) < (placements[$1].address, placements[$1].firstStep, $1) }
            for value in indices {
                let isPart = request.values[value].part != nil
                lines.append(line(of: placements[value], columns, isPart: isPart, name: name(value, in: valueNames)))
            }
        }
        lines.append("steps")
        for (step, planned) in request.steps.enumerated() {
            let workspace =
                planned.workspaceBytes == 0
                ? "-" : "\(Self.hex(workspaceBases[step]))+\(planned.workspaceBytes)"
            lines.append(
                "  " + Self.padded("\(step)", 5) + "  " + Self.padded(workspace, 19) + "  "
                    + (planned.runsOnHost ? "host  " : "") + name(step, in: stepNames))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func line(of placement: Placement, _ columns: TimeColumns, isPart: Bool, name: String) -> String {
        let steps = placement.lastStep < placement.firstStep ? "unused" : "\(placement.firstStep)...\(placement.lastStep)"
        return "  \(Self.hex(placement.address))  \(Self.padded("\(placement.sizeBytes)", 9))  \(Self.padded(steps, 9))  "
            + "|\(columns.bar(placement))|  \(name)" + (isPart ? " (part)" : "")
    }

    private func name(_ index: Int, in names: [String]) -> String {
        names.indices.contains(index) ? names[index] : "\(index)"
    }

    /// At least six hexadecimal digits.
    private static func hex(_ address: Int) -> String {
        let digits = String(address, radix: 16)
        return "0x" + String(repeating: "0", count: max(0, 6 - digits.utf8.count)) + digits
    }

    /// Aligned to the right.
    private static func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.utf8.count)) + text
    }
}

/// Steps as columns of text.
private struct TimeColumns {
    let stepsPerColumn: Int
    let count: Int

    init(steps: Int) {
        stepsPerColumn = max(1, (steps + 63) / 64)
        count = (steps + stepsPerColumn - 1) / stepsPerColumn
    }

    func bar(_ placement: Placement) -> String {
        String(
            (0..<count).map { column in
                let steps = column * stepsPerColumn..<(column + 1) * stepsPerColumn
                return placement.firstStep < steps.upperBound && placement.lastStep >= steps.lowerBound ? "#" : "."
            })
    }
}
