f();
//# debugId=00D60B2A-221b-447b-b6a1-62cd2fa7289b
//# sourceMappingURL=a.js.map