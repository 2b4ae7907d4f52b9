
https/secure.example.com‚
secure.example.comsecure.example.com∑

/"í
è
envoy.access_loggers.filer
%
io.projectcontour.kind	HTTPProxy
"
io.projectcontour.namesecure
%
io.projectcontour.namespaceshop
shop/orders/80/da39a3ee5e2+
)
x-request-startt=%START_TIME(%s.%3f)%p