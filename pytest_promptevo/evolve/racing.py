"""racing prototype"""
from __future__ import annotations
import os
from dataclasses import dataclass, field
import numpy as np
from pytest_promptevo.evolve.strategy import Job
from pytest_promptevo.evolve.halving import halving
from pytest_promptevo.evolve.operators import strangers
from pytest_promptevo.evolve.yardstick import Yardstick
from pytest_promptevo.evolve.two_way import two_way
from pytest_promptevo.evolve.surrogate import Surrogate
from pytest_promptevo.evolve.breeder import Breeder
from pytest_promptevo.evolve.race import EProcess, Guess

P=dict(alpha=.5,delta=.02,block=5,races=4,start=12,unscreened=.2,gw=4.0,surr=1,guess="past")

@dataclass
class Live:
    genome: object
    op: str
    order: list
    seen: list
    e: EProcess
    pred: float
    paid: int=0

def spearman(a,b):
    ra=np.argsort(np.argsort(a)); rb=np.argsort(np.argsort(b))
    return float(np.corrcoef(ra,rb)[0,1]) if len(a)>2 else 1.

def racing(search):
    rng=search.rng; led=search.ledger; N=search.examples
    search.begin()
    pop=strangers(search.space,search.initial,P["start"],rng)
    best=yield from halving(search,pop)
    search.close(pop)
    ys=Yardstick(led); br=Breeder(search); sur=Surrogate(search.space)
    closed=set(); live=[]; pairs=[]; gmeans=[]; rejected=0; dry=0
    closed.add(best)
    while True:
        # refit
        known=[g for g in led.genomes()]
        tw=two_way(ys.table(known)); idx={g:i for i,g in enumerate(known)}
        sur.fit(known,tw.genomes,tw.variances+1e-6)
        best=led.recommended
        post,_=sur.predict(known)
        elite=sorted(known,key=lambda g:-post[idx[g]])[:6]
        if best not in elite: elite=[best]+elite[:5]
        trust=len(pairs)<15 or spearman(*zip(*pairs[-40:]))>=.2
        fresh=[]
        while len(live)<P["races"]:
            busy={l.genome for l in live}|closed
            ch=br.children(best,elite,busy|set(known))
            for g in known:
                if g not in busy: ch[g]="again"
            if not ch: break
            gs=list(ch)
            if trust and rng.random()>=P["unscreened"]:
                g=gs[int(np.argmax(sur.draw(gs,rng)))]
            else: g=gs[int(rng.integers(len(gs)))]
            pm,pc=sur.predict([g])
            seen=[i for i in range(N) if led.has(g,i)]
            order=[int(i) for i in rng.permutation([i for i in range(N) if i not in seen])]
            bi=post[idx[best]]
            if P["guess"]=="past": gm=np.mean(gmeans[-30:]) if len(gmeans)>=3 else .55
            elif P["guess"]=="surr": gm=min(max((1-(pm[0]-bi))/2,.5),.9)
            else: gm=.5
            late=rejected>=30
            e=EProcess((1-(0 if late else P["delta"]))/2,N,Guess(gm,.07,P["gw"]))
            live.append(Live(g,ch[g],order,seen,e,float(pm[0])))
        if not live: return "space exhausted"
        live.sort(key=lambda l:l.genome.key)
        blocks=[(l,l.order[:P["block"]]) for l in live]
        yield [Job(l.genome,i) for l,b in blocks for i in b]
        before=led.mean(best)
        sb=ys.values(best)
        still=[]
        for l,b in blocks:
            sc=ys.values(l.genome)
            past=[(sb[i]-sc[i]+1)/2 for i in l.seen]
            for i in b:
                x=(sb[i]-sc[i]+1)/2
                l.e.bet(past,x); past.append(x); l.seen.append(i); l.paid+=1
            l.order=l.order[len(b):]
            if l.e.wealth>=1/P["alpha"] or not l.order:
                closed.add(l.genome)
                eff=float(np.nanmean(sc)); 
                gmeans.append(float(np.mean(past)))
                pairs.append((l.pred,float(np.nanmean(sc-tw.examples))))
                gain=max(0,led.mean(l.genome)-before) if not l.order else 0
                if l.op!="again": br.bandit.learn(l.op,gain,l.paid/N)
                if gain>0: rejected=0
                else: rejected+=1
            else: still.append(l)
        live=still
