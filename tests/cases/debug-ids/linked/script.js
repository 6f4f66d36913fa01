throw 1;
f();
//# sourceMappingURL=a.js.map
