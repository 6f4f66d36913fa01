throw 1;
f();