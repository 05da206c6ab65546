// Word problems of the kinds that the bundled reasoner was trained on.

export const examples = [
  ["Beads", "Emma has 60 beads and buys 3 packs of 15 beads each. Nora has 20 beads. Then Emma uses 18 of the beads and gives 5 beads to each of 6 friends. How many beads does Emma have left?"],
  ["Stamps", "Emma starts with 13 stamps. Then Emma gets 3 bags of 12 stamps each. How many stamps does Emma have now?"],
  ["Bananas", "Omar opens 8 trays, and there are 15 bananas in every one. Omar's bananas are split evenly between 4 children. How many bananas does each one get?"],
  ["Rope", "Alice has 5 meters of rope. Alice makes the rope 23 centimeters longer. Then Alice cuts off 40 centimeters. How many centimeters of rope does Alice have in the end?"],
  ["Shop", "Hugo takes 116 dollars to the shop. Hugo buys 7 onions. One onion costs 9 dollars. A friend gives Hugo 24 dollars. How many dollars does Hugo have now?"],
  ["Marbles", "Rosa keeps 34 marbles in a bag. Rosa owns 29 marbles less than Amina owns. Amina owns half as many marbles as Lars has. How many marbles does Lars have?"],
  ["No answer", "Lucas travels for 2 hours in all. At first Lars travels for 2 hours and 48 minutes. For how many minutes does Ethan travel in total?"],
];

export const presets = [
  ["One sample", []],
  ["Best of 8", [{ name: "best_of_n", n: 8, select: "process_reward" }]],
  ["Vote of 16", [{ name: "self_consistency", n: 16 }]],
  ["Early rejection", [{ name: "best_of_n", n: 16, select: "vote" }, { name: "early_rejection", schedule: "halving", keep: 4, tau: 8 }]],
];
